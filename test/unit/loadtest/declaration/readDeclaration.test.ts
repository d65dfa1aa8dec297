import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { renderDefaults } from "../../../../loadtest/declaration/render.ts";
import { declared, FILES } from "./read.ts";

const FULL = await readFile(join(FILES, "autoscaling.yaml"), "utf8");
const SHORT = await readFile(join(FILES, "short.yaml"), "utf8");

describe("a file that says everything", () => {
  test("has nothing filled in", async () => {
    expect((await declared(FULL)).defaults).toEqual([]);
  });

  test("is read from its path, with the paths in it absolute", async () => {
    const read = await readDeclaration(join(FILES, "autoscaling.yaml"));
    expect(read).toEqual({ kind: "declared", ...(await declared(FULL)), declaration: expect.anything() as unknown });
    expect(read).toMatchObject({ declaration: { folder: FILES, file: join(FILES, "autoscaling.yaml") } });
  });

  test("has its workloads with their kinds", async () => {
    expect((await declared(FULL)).declaration).toMatchObject({
      namespace: "shop",
      workloads: [
        { name: "web", kind: "Deployment", object: "web", namespace: null },
        { name: "worker", kind: "StatefulSet", object: "worker", namespace: "jobs" },
      ],
    });
  });

  test("has a load of each kind", async () => {
    const { scenarios } = (await declared(FULL)).declaration;
    const address = { namespace: null, scheme: null };
    expect(scenarios.map(({ load }) => load)).toEqual([
      {
        ...{
          name: "fill",
          simulated: null,
          kind: "command",
          command: ["sh", "fill.sh"],
          count: 2000,
          timeoutSeconds: 90,
        },
        environment: { COUNT: { kind: "text", text: "2000" } },
      },
      {
        ...{ name: "visits", simulated: null, kind: "k6", script: join(FILES, "load.js") },
        ...{ iterations: 12_000, timeoutSeconds: 180 },
        environment: {
          RATE: { kind: "text", text: "200" },
          PATHNAME: { kind: "text", text: "/orders" },
          BASE_URL: { kind: "service", address: { ...address, service: "web", port: 9898, scheme: "http" } },
          PEER: { kind: "service", address: { ...address, service: "peer", port: 6379, namespace: "caches" } },
          TOKEN: { kind: "secret", secret: "tokens", key: "token" },
          PARTITION_KEY: { kind: "text", text: "customer-0001" },
        },
      },
      {
        name: "batch",
        simulated: null,
        kind: "job",
        manifest: join(FILES, "job.yaml"),
        count: 2000,
        timeoutSeconds: 120,
      },
      { name: "window", simulated: null, kind: "none", seconds: 90 },
    ]);
  });

  test("has what must scale and what must not", async () => {
    const { scenarios } = (await declared(FULL)).declaration;
    expect(
      scenarios.map(({ name, mustScale, mustNotScale, repeats }) => ({ name, mustScale, mustNotScale, repeats })),
    ).toEqual([
      {
        name: "backlog",
        mustScale: [
          {
            workload: "worker",
            metric: { kind: "named", name: "s0-redis-jobs" },
            atLeast: 3,
            within: { seconds: 120, after: "load-end" },
            firstWithinSeconds: 60,
            backToIdle: { asserted: true, seconds: 300 },
          },
        ],
        mustNotScale: ["web"],
        repeats: 3,
      },
      {
        name: "visits",
        mustScale: [
          {
            workload: "web",
            metric: { kind: "resource", name: "cpu", container: "web" },
            atLeast: 2,
            within: { seconds: 120, after: "load-start" },
            firstWithinSeconds: null,
            backToIdle: { asserted: false },
          },
        ],
        mustNotScale: ["worker"],
        repeats: 1,
      },
      {
        name: "batch",
        mustScale: [
          {
            workload: "worker",
            metric: { kind: "resource", name: "memory", container: null },
            atLeast: 1,
            within: { seconds: 60, after: "load-start" },
            firstWithinSeconds: null,
            backToIdle: { asserted: true, seconds: 120 },
          },
        ],
        mustNotScale: ["web"],
        repeats: 1,
      },
      { name: "night", mustScale: [], mustNotScale: ["web", "worker"], repeats: 1 },
    ]);
  });

  test("has its objectives, and none for requests where none are counted", async () => {
    const { scenarios } = (await declared(FULL)).declaration;
    expect(scenarios[0]?.objectives).toEqual({
      requests: null,
      directionChanges: 1,
      elasticity: {
        underProvisionedTimeShare: 0.5,
        overProvisionedTimeShare: 0.25,
        underProvisionedReplicas: 2,
        overProvisionedReplicas: 1.5,
      },
    });
    expect(scenarios[1]?.objectives.requests).toEqual({ failedShare: 0.01, latencyP95Ms: 500 });
  });

  test("has its faults in order, with the paths of fields taken apart", async () => {
    const { scenarios } = (await declared(FULL)).declaration;
    const object = { kind: "ScaledObject", name: "worker" };
    expect(scenarios[0]?.faults).toEqual([
      {
        when: { kind: "before-load" },
        action: { kind: "set", object: { ...object, namespace: "jobs" }, field: ["spec", "maxReplicaCount"], to: 1 },
        withinSeconds: 180,
      },
      {
        when: { kind: "desired", workload: "worker", atMost: 1 },
        action: {
          ...{ kind: "set", object: { ...object, namespace: null }, to: "5" },
          field: ["spec", "triggers", 0, "metadata", "list.length"],
        },
        withinSeconds: 90,
      },
      {
        when: { kind: "ready", workload: "worker", atLeast: 1 },
        action: { kind: "kill", pods: { workload: "worker" }, how: "delete", which: "first" },
        withinSeconds: 60,
      },
      {
        when: { kind: "ready", workload: "worker", atLeast: 2 },
        action: { kind: "restart", workload: "worker" },
        withinSeconds: 60,
      },
      { when: { kind: "after-load-end", seconds: 20 }, action: { kind: "restore" }, withinSeconds: 60 },
    ]);
  });

  test("has its evidence", async () => {
    expect((await declared(FULL)).declaration.evidence).toEqual({
      ledger: { accepted: ["sh", "accepted.sh"], finished: ["sh", "finished.sh", "--all"] },
      prometheus: {
        source: {
          kind: "service",
          address: { service: "prometheus", namespace: null, port: 9090, scheme: "https" },
        },
        mustHold: [
          { name: "no errors", query: "sum(increase(errors_total[$window]))", bound: { kind: "atMost", value: 0 } },
          { name: "some work", query: "sum(increase(jobs_total[$window]))", bound: { kind: "atLeast", value: 1 } },
        ],
        mustNotRise: [{ workload: "web", query: "sum(increase(http_requests_total[$window]))" }],
      },
    });
  });
});

describe("a file that leaves out what it can", () => {
  test("has every default named, with the reason", async () => {
    const { defaults } = await declared(SHORT);
    const live = "derived from the live windows";
    expect(Object.fromEntries(defaults.map(({ path, value }) => [path, value]))).toEqual({
      namespace: "that of --namespace or of the context",
      "loads.visits.timeout": "10m",
      "loads.fill.timeout": "10m",
      "loads.batch.timeout": "10m",
      "scenarios[0].mustScale[0].within": live,
      "scenarios[0].mustScale[0].after": "load-start",
      "scenarios[0].mustScale[0].metric": "whichever is above its target",
      "scenarios[0].mustScale[0].backToIdle": live,
      "scenarios[0].mustNotScale": "none",
      "scenarios[0].objectives.failedRequests": "0",
      "scenarios[0].objectives.directionChanges": "0",
      "scenarios[0].faults[0].within": "2m",
      "scenarios[0].faults[1].within": "600s",
      "scenarios[0].faults[2].within": "620s",
      "scenarios[0].repeats": "1",
      "scenarios[1].objectives.directionChanges": "0",
      "scenarios[1].repeats": "1",
      "evidence.prometheus.address.scheme": "http",
    });
    for (const { why } of defaults) expect(why).not.toBe("");
    expect(renderDefaults(defaults)).toContain(
      "scenarios[0].repeats: 1 (one run is one observation)\nscenarios[1].objectives.directionChanges: 0 (",
    );
  });

  test("has them filled in", async () => {
    const { declaration } = await declared(SHORT);
    expect(declaration).toMatchObject({
      namespace: null,
      evidence: {
        ledger: null,
        prometheus: { source: { address: { scheme: "http" } }, mustHold: [], mustNotRise: [] },
      },
    });
    expect(declaration.scenarios[0]).toMatchObject({
      summary: null,
      load: { environment: {}, timeoutSeconds: 600 },
      mustScale: [
        {
          metric: null,
          within: { seconds: null, after: "load-start" },
          firstWithinSeconds: null,
          backToIdle: { asserted: true, seconds: null },
        },
      ],
      mustNotScale: [],
      objectives: {
        requests: { failedShare: 0, latencyP95Ms: null },
        directionChanges: 0,
        elasticity: { underProvisionedTimeShare: null, overProvisionedReplicas: null },
      },
      faults: [{ withinSeconds: 120 }, { withinSeconds: 600 }, { withinSeconds: 620 }],
      repeats: 1,
    });
    expect(declaration.scenarios[1]?.objectives.requests).toBeNull();
  });
});
