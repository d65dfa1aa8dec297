import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  comparedLines,
  NotRestoredError,
  compareWithWorkerOnCpu,
} from "../../../loadtest/targets/orders/compare/compare.ts";
import { render } from "../../support/render.ts";
import { type AutoscalerSwap, workerAutoscalerSwap } from "../../../loadtest/targets/orders/compare/swapAutoscaler.ts";
import { writeWorkerOnCpuOverlay } from "../../../loadtest/targets/orders/compare/workerOnCpu.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { LIVE } from "./timingsRecording.ts";

const OVERLAY = join(import.meta.dirname, "../../../kustomize/overlays/dev");
const NAMESPACE = "orders-dev";

function reported(of: Partial<ScenarioReport> = {}): ScenarioReport {
  const timing = {
    workload: "worker" as const,
    lowerBoundSeconds: null,
    ratio: null,
    lowerBound: [],
    uncertaintySeconds: 1,
  };
  return {
    name: "queue-backlog",
    summary: "",
    verdict: "pass",
    assertions: [],
    mustScale: ["worker"],
    mustNotScale: ["api"],
    autoscalingConfig: LIVE,
    loadStartedAt: null,
    loadEndedAt: null,
    endedAt: new Date(0).toISOString(),
    load: null,
    ledger: null,
    timings: [{ ...timing, id: "drained", measuredSeconds: 37 }],
    podSeconds: [
      {
        workload: "worker",
        windowSeconds: 51,
        measured: 320,
        clairvoyant: 197,
        fixed: 409,
        fixedReplicas: 8,
        assumptions: [],
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
  autoscalingConfig: { ...LIVE, workerScaler: "hpa", workerIdleReplicas: 1 },
  verdict: "fail",
  timings: [
    {
      id: "drained",
      workload: "worker",
      measuredSeconds: 201,
      lowerBoundSeconds: null,
      ratio: null,
      lowerBound: [],
      uncertaintySeconds: 1,
    },
  ],
});

/** A comparison that records its steps in order, some of which fail. */
function comparison({
  breaks = [],
  baseline = reported(),
  abortAt,
}: {
  breaks?: ("apply" | "run" | "restore")[];
  /** Null where the comparison has to run it itself. */
  baseline?: ScenarioReport | null;
  abortAt?: "apply" | "run";
}): { done: string[]; lines: string[]; compared: ReturnType<typeof compareWithWorkerOnCpu> } {
  const done: string[] = [];
  const lines: string[] = [];
  const abort = new AbortController();
  const act = (what: "apply" | "run" | "restore"): void => {
    done.push(what);
    if (abortAt === what) abort.abort();
    if (breaks.includes(what)) throw new Error(`${what} broke`);
  };
  const swap: AutoscalerSwap = {
    apply: async (overlay) => {
      done.push(...(await readdir(overlay)));
      act("apply");
    },
    restore: () => {
      act("restore");
      return Promise.resolve();
    },
    revertCommands: ["kubectl apply -k overlay"],
  };
  const compared = compareWithWorkerOnCpu({
    overlay: OVERLAY,
    namespace: NAMESPACE,
    baseline: baseline ?? undefined,
    swap: () => swap,
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
  test("is run with the other autoscaler, and the deployed one is restored", async () => {
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
      "queue-backlog with the deployed autoscaler | with worker-on-cpu (fail; not part of the verdict)",
      "  worker time to drain: 37 s | 3m 21s",
      "  pod-seconds of the worker: 320 in 51 s | 320 in 51 s",
      "  idle replicas of the worker: 0 | 1",
    ]);
  });

  test("deletes its generated overlay", async () => {
    const ours = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith("ownsignal-compare-"));
    const before = await ours();
    await comparison({}).compared;
    await expect(comparison({ breaks: ["restore"] }).compared).rejects.toThrow();
    expect(await ours()).toEqual(before);
  });

  test.each(["apply", "run"] as const)(
    "when %s fails, the deployed autoscaler is restored and the error is thrown",
    async (broken) => {
      const { done, compared } = comparison({ breaks: [broken] });
      await expect(compared).rejects.toThrow(`${broken} broke`);
      expect(done.at(-1)).toBe("restore");
    },
  );

  test("when it is interrupted, the deployed autoscaler is restored and what was measured is kept", async () => {
    const early = comparison({ abortAt: "apply" });
    await expect(early.compared).rejects.toThrow("interrupted");
    expect(early.done.slice(1)).toEqual(["apply", "restore"]);
    const late = comparison({ abortAt: "run" });
    expect((await late.compared).variantResult.verdict).toBe("fail");
    expect(late.done.slice(1)).toEqual(["apply", "run", "restore"]);
  });

  test("when restoring fails, the error has the commands and what was measured", async () => {
    const { compared } = comparison({ breaks: ["restore"] });
    const error: unknown = await compared.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotRestoredError);
    expect((error as NotRestoredError).message).toBe(
      "the deployed autoscaler could not be restored (restore broke); to restore it:\n  kubectl apply -k overlay",
    );
    expect((error as NotRestoredError).comparison).toMatchObject({ variant: "worker-on-cpu" });
    await expect(comparison({ breaks: ["apply", "restore"] }).compared).rejects.toMatchObject({ comparison: null });
  });

  test("without a baseline that started its load, nothing is changed", async () => {
    const { done, compared } = comparison({ baseline: reported({ autoscalingConfig: null }) });
    await expect(compared).rejects.toThrow("nothing to compare with: queue-backlog did not start its load");
    expect(done).toEqual([]);
  });

  test("without a baseline, that is run first", async () => {
    const { done, compared } = comparison({ baseline: null });
    await compared;
    expect(done).toEqual(["run", "kustomization.yaml", "apply", "run", "restore"]);
  });
});

describe("the overlay with the worker on CPU", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ownsignal-variant-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("differs from the deployed one in the worker's autoscaler only, which has the effective maxReplicas and behavior", async () => {
    const down = { stabilizationSeconds: 17, selectPolicy: "Max" as const, policies: [] };
    const live = {
      ...LIVE,
      workerMaximum: 7,
      workerScaleDown: { ...down, policies: [{ type: "Percent" as const, value: 100, periodSeconds: 15 }] },
    };
    const objects = render(await writeWorkerOnCpuOverlay({ overlay: OVERLAY, namespace: NAMESPACE, live, folder }));
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

describe("the swap of autoscalers on the cluster", () => {
  const commands = (): { executed: string[]; swap: AutoscalerSwap } => {
    const executed: string[] = [];
    return {
      executed,
      swap: workerAutoscalerSwap({
        kubectl: (args) => {
          executed.push(args.join(" "));
          return Promise.resolve(args.includes("get") ? "Deployment/worker 2" : "");
        },
        namespace: NAMESPACE,
        overlay: "kustomize/overlays/dev",
        live: LIVE,
      }),
    };
  };

  test("deletes the ScaledObject before it applies the HPA, and scales the worker to minReplicas", async () => {
    const { executed, swap } = commands();
    await swap.apply("/generated");
    expect(executed).toEqual([
      "-n orders-dev delete scaledobject worker --ignore-not-found --timeout=60s",
      "-n orders-dev wait --for=delete hpa/worker --timeout=60s",
      "apply -k /generated",
      "-n orders-dev get hpa worker -o jsonpath={.spec.scaleTargetRef.kind}/{.spec.scaleTargetRef.name} {.spec.minReplicas}",
      "-n orders-dev scale deployment/worker --replicas=2",
      "-n orders-dev rollout status deployment/worker --timeout=120s",
    ]);
  });

  test("restores the deployed overlay, and waits until the worker is idle", async () => {
    const { executed, swap } = commands();
    await swap.restore();
    expect(executed).toEqual([
      "-n orders-dev delete hpa worker --ignore-not-found --timeout=60s",
      "apply -k kustomize/overlays/dev",
      "-n orders-dev wait --for=condition=Ready scaledobject/worker --timeout=120s",
      "-n orders-dev wait --for=create hpa/worker --timeout=60s",
      "-n orders-dev wait --for=jsonpath={.spec.replicas}=0 deployment/worker --timeout=140s",
    ]);
    expect(swap.revertCommands).toEqual([
      "kubectl -n orders-dev delete hpa worker --ignore-not-found",
      "kubectl apply -k kustomize/overlays/dev",
    ]);
  });
});
