import { parseMutantsRequest } from "../../../../scripts/mutants/options.ts";
import { CATALOGUE } from "../../../../scripts/mutants/catalogue.ts";

test("without a word the whole catalogue is run, on the cluster", () => {
  expect(parseMutantsRequest([], CATALOGUE)).toEqual({ kind: "run", mutants: CATALOGUE, cluster: true, again: false });
  expect(parseMutantsRequest(["--again"], CATALOGUE).again).toBe(true);
});

test("some are named, and run in the catalogue's order", () => {
  const request = parseMutantsRequest(["--only", "no-drain", "--only", "wrong-queue", "--no-cluster"], CATALOGUE);
  expect(request.mutants.map(({ name }) => name)).toEqual(["wrong-queue", "no-drain"]);
  expect(request.cluster).toBe(false);
});

test.each([
  [["--only", "no-drian"], "the catalogue has no no-drian"],
  [["--olny", "no-drain"], "Unknown option '--olny'"],
])("what there is not is said: %p", (args, message) => {
  expect(() => parseMutantsRequest(args, CATALOGUE)).toThrow(message);
});
