import { jest } from "@jest/globals";
import { runDoctor } from "../../../../scripts/cli/doctor.ts";
import type { FindingsJson } from "../../../../scripts/diagnosis/json.ts";

let printed = "";
beforeEach(() => {
  printed = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

test("-k looks at an overlay without a cluster: exit code 1 and a line for what is wrong in it", async () => {
  expect(await runDoctor(["-k", "test/mutants/replicas-fixed"])).toBe(1);
  expect(printed).toMatch(/^ERROR {2}Deployment worker sets spec\.replicas: 3, [^\n]+\n$/);
});

test("-k of what is sound has exit code 0", async () => {
  expect([await runDoctor(["-k", "kustomize/overlays/dev"]), printed]).toEqual([0, ""]);
});

test("--json prints one document with the same exit code", async () => {
  expect(await runDoctor(["--json", "-k", "test/mutants/never-at-zero"])).toBe(1);
  const { at, errors, warnings, findings } = JSON.parse(printed) as FindingsJson;
  expect([at, errors, warnings]).toEqual(["rendered", 0, 1]);
  expect(findings).toMatchObject([
    { id: "min-replicas-above-idle", severity: "WARN", docs: "docs/reference/doctor.md#min-replicas-above-idle" },
  ]);
});

test.each([
  [["-k", "--context", "staging"], "-k looks at no cluster"],
  [["-k", "docs"], "docs cannot be rendered"],
  [["--jsn"], "Unknown option '--jsn'"],
])("%j is refused", async (args, message) => {
  await expect(runDoctor(args)).rejects.toThrow(message);
});
