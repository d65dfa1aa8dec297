import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparedLines, compareWith, NotRestoredError } from "../../../loadtest/compare/compare.ts";
import { type Exchange, exchangeOf } from "../../../loadtest/compare/swapAutoscaler.ts";
import { writeVariantOverlay } from "../../../loadtest/compare/variant.ts";
import { render } from "../../support/render.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { LIVE } from "./timingsRecording.ts";

const OVERLAY = join(import.meta.dirname, "../../../kustomize/overlays/dev");
const NAMESPACE = "orders-dev";

function reported(of: Partial<ScenarioReport> = {}): ScenarioReport {
  const timing = {
    workload: "worker" as const,
    lowerBoundSeconds: null,
    ratio: null,
    lowerBoundReason: "",
    uncertaintySeconds: 1,
  };
  return {
    name: "queue-backlog",
    summary: "",
    verdict: "pass",
    assertions: [],
    mustScale: ["worker"],
    mustNotScale: ["api"],
    live: LIVE,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt: new Date(0).toISOString(),
    load: null,
    ledger: null,
    timings: [{ ...timing, name: "backlog to empty queue", measuredSeconds: 37 }],
    podSeconds: [
      {
        workload: "worker",
        windowSeconds: 51,
        measured: 320,
        clairvoyant: 197,
        fixed: 409,
        fixedReplicas: 8,
        assumptions: "",
      },
    ],
    counters: null,
    pods: [],
    samples: [],
    ...of,
  };
}

const ON_CPU = reported({
  loadStartedAt: new Date(1000).toISOString(),
  live: { ...LIVE, workerScaler: "hpa", workerIdleReplicas: 1 },
  verdict: "fail",
  timings: [
    {
      name: "backlog to empty queue",
      workload: "worker",
      measuredSeconds: 201,
      lowerBoundSeconds: null,
      ratio: null,
      lowerBoundReason: "",
      uncertaintySeconds: 1,
    },
  ],
});

/** A comparison in which everything is noted in order, and what is named breaks. */
function comparison({
  breaks = [],
  baseline = reported(),
  abortAt,
}: {
  breaks?: ("apply" | "run" | "restore")[];
  /** Null where the comparison has to run it itself. */
  baseline?: ScenarioReport | null;
  abortAt?: "apply" | "run";
}): { done: string[]; lines: string[]; compared: ReturnType<typeof compareWith> } {
  const done: string[] = [];
  const lines: string[] = [];
  const abort = new AbortController();
  const act = (what: "apply" | "run" | "restore"): void => {
    done.push(what);
    if (abortAt === what) abort.abort();
    if (breaks.includes(what)) throw new Error(`${what} broke`);
  };
  const exchange: Exchange = {
    apply: async (overlay) => {
      done.push(...(await readdir(overlay)));
      act("apply");
    },
    restore: () => {
      act("restore");
      return Promise.resolve();
    },
    byHand: ["kubectl apply -k overlay"],
  };
  const compared = compareWith("worker-on-cpu", {
    overlay: OVERLAY,
    namespace: NAMESPACE,
    baseline: baseline ?? undefined,
    exchange: () => exchange,
    run: () => {
      act("run");
      return Promise.resolve(ON_CPU);
    },
    log: (line) => lines.push(line),
    signal: abort.signal,
  });
  return { done, lines, compared };
}

describe("the same load with another autoscaler", () => {
  test("is run for real in its place, and the deployed one is put back", async () => {
    const { done, lines, compared } = comparison({});
    const result = await compared;
    expect(done).toEqual(["kustomization.yaml", "apply", "run", "restore"]);
    expect(result).toMatchObject({
      variant: "worker-on-cpu",
      scenario: "queue-backlog",
      baseline: { podSeconds: [{ measured: 320 }] },
      variantResult: { verdict: "fail", mustScale: ["worker"], loadStartedAt: ON_CPU.loadStartedAt },
    });
    expect(lines).toContain("  kubectl apply -k overlay");
    expect(comparedLines(result)).toEqual([
      "queue-backlog with the deployed autoscaler | with worker-on-cpu (fail; told, not judged)",
      "  backlog to empty queue: 37 s | 201 s",
      "  pod-seconds of the worker: 320 in 51 s | 320 in 51 s",
      "  workers kept without work: 0 | 1",
    ]);
  });

  test("leaves no generated overlay behind", async () => {
    const ours = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("ownsignal-compare-"));
    const before = await ours();
    await comparison({}).compared;
    await expect(comparison({ breaks: ["restore"] }).compared).rejects.toThrow();
    expect(await ours()).toEqual(before);
  });

  test.each(["apply", "run"] as const)("is put back though %s broke, and that is said", async (broken) => {
    const { done, compared } = comparison({ breaks: [broken] });
    await expect(compared).rejects.toThrow(`${broken} broke`);
    expect(done.at(-1)).toBe("restore");
  });

  test("is put back on an interrupt: before its load without one, within it with what there is", async () => {
    const early = comparison({ abortAt: "apply" });
    await expect(early.compared).rejects.toThrow("interrupted");
    expect(early.done.slice(1)).toEqual(["apply", "restore"]);
    const late = comparison({ abortAt: "run" });
    expect((await late.compared).variantResult.verdict).toBe("fail");
    expect(late.done.slice(1)).toEqual(["apply", "run", "restore"]);
  });

  test("where it cannot be put back, says by which commands, and keeps what was measured", async () => {
    const { compared } = comparison({ breaks: ["restore"] });
    const error: unknown = await compared.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotRestoredError);
    expect((error as NotRestoredError).message).toBe(
      "the deployed autoscaler could not be put back (restore broke); by hand:\n  kubectl apply -k overlay",
    );
    expect((error as NotRestoredError).comparison).toMatchObject({ variant: "worker-on-cpu" });
    await expect(comparison({ breaks: ["apply", "restore"] }).compared).rejects.toMatchObject({ comparison: null });
  });

  test("changes nothing where there is nothing to compare with", async () => {
    const { done, compared } = comparison({ baseline: reported({ live: null }) });
    await expect(compared).rejects.toThrow("nothing to compare with: queue-backlog did not come to its load");
    expect(done).toEqual([]);
  });

  test("without a baseline runs that first", async () => {
    const { done, compared } = comparison({ baseline: null });
    await compared;
    expect(done).toEqual(["run", "kustomization.yaml", "apply", "run", "restore"]);
  });
});

describe("the variant's overlay", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ownsignal-variant-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is the deployed one but for the worker's signal: no ScaledObject, an HPA with the live limit and pace", async () => {
    const down = { stabilizationSeconds: 17, selectPolicy: "Max" as const, policies: [] };
    const live = {
      ...LIVE,
      workerMaximum: 7,
      workerScaleDown: { ...down, policies: [{ type: "Percent" as const, value: 100, periodSeconds: 15 }] },
    };
    const objects = render(
      await writeVariantOverlay("worker-on-cpu", { overlay: OVERLAY, namespace: NAMESPACE, live, folder }),
    );
    const name = ({ kind, metadata }: (typeof objects)[number]): string =>
      `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
    const before = render(OVERLAY).map(name);
    const after = objects.map(name);
    expect(before.filter((one) => !after.includes(one))).toEqual([
      `ScaledObject ${NAMESPACE} worker`,
      `TriggerAuthentication ${NAMESPACE} worker`,
    ]);
    expect(after.filter((one) => !before.includes(one))).toEqual([`HorizontalPodAutoscaler ${NAMESPACE} worker`]);
    const hpa = objects.find(({ kind, metadata }) => kind === "HorizontalPodAutoscaler" && metadata.name === "worker");
    expect(hpa?.spec).toMatchObject({
      maxReplicas: 7,
      metrics: [{ type: "ContainerResource", containerResource: { name: "cpu", container: "worker" } }],
      behavior: { scaleDown: { stabilizationWindowSeconds: 17 }, scaleUp: { stabilizationWindowSeconds: 0 } },
    });
  });
});

describe("the exchange on the cluster", () => {
  const commands = (): { executed: string[]; exchange: Exchange } => {
    const executed: string[] = [];
    return {
      executed,
      exchange: exchangeOf({
        kubectl: (args) => {
          executed.push(args.join(" "));
          return Promise.resolve(args.includes("get") ? "2" : "");
        },
        namespace: NAMESPACE,
        overlay: "kustomize/overlays/dev",
        live: LIVE,
      }),
    };
  };

  test("never has two autoscalers on the worker, and wakes a worker that KEDA left at 0", async () => {
    const { executed, exchange } = commands();
    await exchange.apply("/generated");
    expect(executed).toEqual([
      "-n orders-dev delete scaledobject worker --ignore-not-found --timeout=60s",
      "-n orders-dev wait --for=delete hpa/worker --timeout=60s",
      "apply -k /generated",
      "-n orders-dev get hpa worker -o jsonpath={.spec.minReplicas}",
      "-n orders-dev scale deployment/worker --replicas=2",
      "-n orders-dev rollout status deployment/worker --timeout=120s",
    ]);
  });

  test("comes back to the deployed overlay, and waits until it is at rest there", async () => {
    const { executed, exchange } = commands();
    await exchange.restore();
    expect(executed).toEqual([
      "-n orders-dev delete hpa worker --ignore-not-found --timeout=60s",
      "apply -k kustomize/overlays/dev",
      "-n orders-dev wait --for=condition=Ready scaledobject/worker --timeout=120s",
      "-n orders-dev wait --for=create hpa/worker --timeout=60s",
      "-n orders-dev wait --for=jsonpath={.spec.replicas}=0 deployment/worker --timeout=140s",
    ]);
    expect(exchange.byHand).toEqual([
      "kubectl -n orders-dev delete hpa worker --ignore-not-found",
      "kubectl apply -k kustomize/overlays/dev",
    ]);
  });
});
