import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { PassThrough } from "node:stream";
import { parsePlanOptions } from "../../../../scripts/cli/planOptions.ts";
import type { MutantResult } from "../../../../scripts/mutation/detect.ts";
import { mutate } from "../../../../scripts/mutation/mutate.ts";
import { mutationJson, renderMutation } from "../../../../scripts/mutation/render.ts";
import { MANIFESTS } from "../planning/fixtures.ts";

const FILE = `
version: 1
workloads: { worker: { deployment: worker }, tenants: { statefulSet: tenants } }
loads:
  orders: { command: [sh, send.sh], delivered: { count: 400 }, simulated: { worker: 400@0s } }
scenarios:
  - name: backlog
    load: orders
    mustScale: [{ workload: worker, atLeast: 4, within: 2m }]
    mustNotScale: [tenants]
`;

let folder: string;
const realStdin = Object.getOwnPropertyDescriptor(process, "stdin");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-mutate-"));
  writeFileSync(join(folder, "send.sh"), "");
});
afterEach(() => {
  jest.restoreAllMocks();
  if (realStdin !== undefined) Object.defineProperty(process, "stdin", realStdin);
  rmSync(folder, { recursive: true });
});

function run(file = FILE): ReturnType<typeof mutate> {
  const path = join(folder, "autoscaling.yaml");
  writeFileSync(path, file);
  const stdin = new PassThrough();
  stdin.end(MANIFESTS);
  Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  const request = parsePlanOptions(["-k", "-", "-f", path, "--mutate", "--rate", "20/s", "--start", "3s"]);
  if (request === undefined) throw new Error("no request");
  const unused = (): never => {
    throw new Error("nothing else is read");
  };
  return mutate(request, { kubectl: unused, kubeConfig: unused, report: unused });
}

const one = (results: readonly MutantResult[], id: string, workload: string): MutantResult | undefined =>
  results.find(({ mutant }) => mutant.id === id && mutant.workload === workload);

test("each mutant is detected by the assertion that it breaks, and a survivor has the line that would detect it", async () => {
  const told = await run();
  const { results } = told;
  const by = (id: string, workload = "worker"): string[] | undefined =>
    one(results, id, workload)?.detections.map((detection) => detection.id);
  expect(by("other-source")).toContain("scales-out");
  expect(by("paused")).toContain("scales-out");
  expect(by("maximum-at-minimum")).toContain("scales-out");
  expect(by("target-times-10")).toContain("scales-out");
  expect(by("sources-swapped", "tenants")).toContain("does-not-scale");
  expect(by("second-trigger", "tenants")).toContain("does-not-scale");
  expect(by("replicas-fixed")).toEqual(["replicas-fixed"]);
  // The file leaves the way back to the live windows, which the mutant changes.
  expect(by("cooldown-times-20")).toEqual([]);
  expect(one(results, "cooldown-times-20", "worker")?.line).toMatchObject({
    path: "scenarios[0].mustScale[0]",
    line: expect.stringMatching(/^backToIdle: \d+s$/) as unknown,
  });
  // Nothing of the file scales it: only a load of its own would.
  expect(one(results, "target-times-10", "tenants")?.line).toMatchObject({ scenario: "tenants", path: "scenarios" });
  // The API is no workload of the file.
  expect(results.some(({ mutant }) => mutant.workload === "api")).toBe(false);
  expect(results.every(({ notSimulated }) => notSimulated === null)).toBe(true);
  expect(renderMutation(told)).toMatch(/detect \d+ of \d+: the file's assertions \d+, the doctor's rules \d+\n/);
  expect(renderMutation(told)).not.toMatch(/undefined|NaN/);
  expect(JSON.parse(mutationJson(told))).toMatchObject({ mutationVersion: 1, total: results.length });
}, 120_000);

test.each([
  [
    "a file that does not hold on the manifests as they are",
    FILE.replace("atLeast: 4", "atLeast: 9"),
    /does not hold on these manifests as they are, so no mutant can be told apart:\n {2}scenario backlog: .*holds in 0 of 10/,
  ],
  [
    "a load of which it is not known what it does",
    FILE.replace(", simulated: { worker: 400@0s }", ""),
    /loads\.orders: what this load does to the workloads' metrics is not known/,
  ],
  ["a curve that is none", FILE.replace("400@0s", "much"), /simulated\.worker: "much" has no time/],
  [
    "a workload that nothing scales",
    FILE.replace("{ deployment: worker }", "{ deployment: unscaled }"),
    /nothing in the manifests scales worker/,
  ],
])(
  "%s is an error with what would be right",
  async (_of, file, message) => {
    await expect(run(file)).rejects.toMatchObject({ message: expect.stringMatching(message) as unknown });
  },
  120_000,
);

const ON_RESOURCES = `
version: 1
workloads: { api: { deployment: api } }
loads:
  reads: { command: [sh, send.sh], delivered: { count: 400 }, simulated: { api.cpu: "200m@0s,0@2m" } }
scenarios:
  - name: reads
    load: reads
    mustScale: [{ workload: api, metric: cpu, atLeast: 3, within: 2m, backToIdle: 2m }]
`;

test("a container without a request, another one and a window × 20 are detected: no load is run, or its assertions fail", async () => {
  const { results } = await run(ON_RESOURCES);
  const of = (id: string): { field: string; by: string[] }[] =>
    results
      .filter(({ mutant }) => mutant.id === id)
      .map(({ mutant: { field }, detections }) => ({ field, by: detections.map((detection) => detection.id) }));
  // Its HPA cannot compute, and so the proof does not get to its load.
  expect(of("request-missing")).toEqual([
    { field: "container api: resources.requests.cpu", by: ["preconditions-met", "cpu-request-missing"] },
    { field: "container api: resources.requests.memory", by: ["preconditions-met", "memory-request-missing"] },
  ]);
  expect(of("other-container")[0]).toEqual({
    field: "spec.metrics[0].containerResource.container",
    by: ["preconditions-met", "hpa-targets-other-container"],
  });
  expect(of("scale-in-window-times-20")).toEqual([
    { field: "spec.behavior.scaleDown.stabilizationWindowSeconds", by: ["scales-in"] },
  ]);
  // What the manifests say of them: the mutant's, and nothing else.
  const window = results.find(({ mutant }) => mutant.id === "scale-in-window-times-20")?.mutant;
  expect(window).toMatchObject({ from: "30", to: "600" });
}, 120_000);
