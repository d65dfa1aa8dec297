import { jest } from "@jest/globals";
import { noteVersionSkew } from "../../../../scripts/cluster/kubectlVersion.ts";

test.each([
  ["the same minor version", "v1.36.9", "v1.36.3", false],
  ["one minor version older", "v1.35.0", "v1.36.3", false],
  ["one minor version newer, of a vendor", "v1.37.0-eks-1", "v1.36.3+k3s1", false],
  ["two minor versions older", "v1.34.8", "v1.36.3", true],
  ["two minor versions newer", "v1.38.0", "v1.36.3", true],
])("a kubectl of %s", async (_title, client, server, isNoted) => {
  const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  const answer = { clientVersion: { gitVersion: client }, serverVersion: { gitVersion: server } };
  await noteVersionSkew(() => Promise.resolve(JSON.stringify(answer)));
  expect(said.mock.calls.flat().join("")).toMatch(isNoted ? /kubectl v1\.\d+.*install kubectl 1\.36/ : /^$/);
  said.mockRestore();
});
