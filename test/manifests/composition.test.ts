import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withDiagram } from "../../scripts/composition/page.ts";
import { partsOf } from "../../scripts/composition/parts.ts";
import { diagramOf } from "../../scripts/composition/diagram.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";

const ROOT = resolve(import.meta.dirname, "../..");

async function rendered(): Promise<string> {
  const kustomize = (await toolset("kustomize")).binary("kustomize");
  return execFileSync(kustomize, ["build", join(ROOT, "kustomize/overlays/dev")], { encoding: "utf8" });
}

test("docs/explanation/composition.md is up to date with the dev overlay (npm run composition)", async () => {
  const page = readFileSync(join(ROOT, "docs/explanation/composition.md"), "utf8");
  expect(page).toBe(withDiagram(page, diagramOf(partsOf(await rendered()))));
});

describe("the diagram", () => {
  test("shows the workloads that scale, their metrics and bounds, and what they connect to, and nothing else", async () => {
    const diagram = diagramOf(partsOf(await rendered()));
    for (const line of [
      'Pod api-…, 1..6"',
      'Pod worker-…, 0..8"',
      'sidecar validator<br/>:9465"',
      '-->|":80"| svc_api',
      'svc_api -->|"80 to 8080"| api_api',
      "worker_pod --> svc_cache",
      'api_scaler{{"HPA api"}} -.->|"cpu, memory of container api"| api',
      'worker_scaler{{"ScaledObject worker"}} -.->|"length of queue orders"| worker',
    ]) {
      expect(diagram).toContain(line);
    }
    expect(diagram).not.toContain("prometheus");
  });

  test.each([
    ["a bound", "maxReplicas: 6", "maxReplicas: 7"],
    ["a port", "targetPort: http", "targetPort: metrics"],
    ["a container's name", "name: validator", "name: checker"],
    ["a queue", "queueName: orders", "queueName: invoices"],
  ])("changes when %s changes", async (_, before, after) => {
    const manifests = await rendered();
    expect(manifests).toContain(before);
    const changed = manifests.replaceAll(before, after);
    expect(diagramOf(partsOf(changed))).not.toBe(diagramOf(partsOf(manifests)));
  });

  test("cannot be inserted into a page without the markers", () => {
    expect(() => withDiagram("# A page\n", "flowchart TB\n")).toThrow("the page has no lines");
  });
});
