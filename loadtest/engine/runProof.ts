import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { readLedger } from "../ledger/ledger.ts";
import { readFulfilled } from "../ledger/orders.ts";
import { amqpPort } from "../ledger/queueContents.ts";
import { readSent, type Sent } from "../ledger/sent.ts";
import { type Profile, type Sizes, sizesOf } from "../model/profiles.ts";
import { readCounters } from "../prometheus/counters.ts";
import { compareWithDashboard } from "../prometheus/dashboard.ts";
import { readMemoryByThirds } from "../prometheus/memory.ts";
export type { Report } from "../model/report.ts";
export type { Target } from "../model/target.ts";
export { type Verdict, exitCodeOf } from "../model/verdict.ts";
import type { Observed } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import { type Report, SCHEMA_VERSION } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Target } from "../model/target.ts";
import { verdictOf } from "../model/verdict.ts";
import { writeReport } from "../report/write.ts";
import { scenarioNamed, scenariosOf } from "../scenarios/catalogue.ts";
import { backlogOf } from "../scenarios/queueBacklog.ts";
import { impossibilities, type Load, type Scenario, type ScenarioName } from "../model/scenario.ts";
import { changeLive, restartDeployment } from "./patchField.ts";
import { DEADLINES, type Deadlines } from "../assertions/progress.ts";
import { abortReason } from "../model/abortReason.ts";
import { startLoad } from "./load.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { podsSource, watchPodEnds } from "../observe/pods.ts";
import { type BusAccess, queueSource, readBusAccess } from "../observe/queue.ts";
import { type Address, hostPort, type ServiceDialer, type Endpoint } from "../model/endpoint.ts";
import { kubernetesSources } from "../observe/kubernetes.ts";
import { metricsResolutionSource } from "../observe/metricsResolution.ts";
import { type Sampler, startSampler } from "../observe/sampler.ts";
import { neverStarted, runScenario, type ScenarioEnvironment } from "./runScenario.ts";
import { parseThirds } from "./k6Summary.ts";

export type { Profile, Sizes } from "../model/profiles.ts";
export { profiles } from "../model/profiles.ts";
export { expectedSeconds, scenarioNamed, scenariosOf } from "../scenarios/catalogue.ts";
export { type ScenarioName, scenarioNames } from "../model/scenario.ts";
export type { Deadlines } from "../assertions/progress.ts";
export type { ServiceDialer, Endpoint } from "../model/endpoint.ts";

/** What a proof needs to know. */
export interface ProofOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: ServiceDialer;
  /** The k6 binary. */
  k6Path: string;
  /** Made if missing; gets the report and the loads' own files. */
  outDir: string;
  profile: Profile;
  /** In this order; those of the profile by default. */
  scenarios?: readonly ScenarioName[];
  /** What is proven, and where, for the report. */
  target: Target;
  /** What reproduces this run, for the report. */
  command: string;
  /** Kills the container `worker` of a pod by SIGKILL, and resolves when it is dead. Without it scale-in-under-load cannot be judged. */
  killPod?: (pod: string) => Promise<void>;
  /** Takes a line of progress. */
  log?: (line: string) => void;
  /** Aborted, the proof stops its load at once, restores what it has changed, and reports what it has, inconclusive. */
  signal?: AbortSignal;
  deadlines?: Partial<Deadlines>;
  queue?: string;
  /** How much is sent, where not what the profile says. */
  sizes?: Partial<Sizes>;
  /** How long the soak takes, where not what the profile says. */
  soakSeconds?: number;
}

/** Orders that are sent for the look-ups where no scenario before has left any. */
const SEED_ORDERS = 200;
/** How long k6 may take to begin and to end, on top of the load's own time. */
const LOAD_MARGIN_SECONDS = 60;
const READ_TIMEOUT_MS = 10_000;
/** metrics-server's own default, where the cluster's metrics come from something else. */
const UNKNOWN_METRICS_RESOLUTION_SECONDS = 60;

/**
 * Runs the loads, judges them, and writes the report into `outDir`, after each scenario anew, so that an end in the middle keeps what there is.
 * @throws only when `outDir` cannot be written; everything else is an inconclusive report that says why.
 */
export async function runProof(options: ProofOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  const sizes: Sizes = {
    ...sizesOf[options.profile],
    ...options.sizes,
    ...(options.soakSeconds === undefined ? {} : { soakSeconds: options.soakSeconds }),
  };
  const scenarios = (options.scenarios ?? scenariosOf(options.profile)).map((name) => scenarioNamed(name));
  const done: ScenarioReport[] = [];
  const closers: (() => unknown)[] = [];
  const report = (): Report => ({
    schemaVersion: SCHEMA_VERSION,
    verdict: verdictOf(done.map(({ verdict }) => verdict)),
    startedAt,
    endedAt: new Date().toISOString(),
    profile: options.profile,
    command: options.command,
    target: options.target,
    scenarios: done,
    comparison: null,
  });

  try {
    const impossible = scenarios.flatMap((scenario) => impossibilities(scenario, sizes));
    if (impossible.length > 0) throw new Error(impossible.join("; "));
    const proof = await prepare({ ...options, outDir, sizes }, closers);
    for (const scenario of scenarios) {
      if (proof.world.signal.aborted) done.push(neverStarted(scenario, [], abortReason(proof.world.signal)));
      else done.push(await proof.run(scenario));
      await writeReport(report(), outDir);
    }
  } catch (error) {
    const reason = messageOf(error);
    options.log?.(`the proof cannot go on: ${reason}`);
    for (const scenario of scenarios.slice(done.length)) done.push(neverStarted(scenario, [], reason));
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
  }
  const final = report();
  await writeReport(final, outDir);
  return final;
}

async function prepare(
  options: ProofOptions & { sizes: Sizes },
  closers: (() => unknown)[],
): Promise<{ world: ScenarioEnvironment; run(scenario: Scenario): Promise<ScenarioReport> }> {
  const { kubeConfig, namespace, k6Path, outDir, sizes } = options;
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const queue = options.queue ?? "orders";
  const log = options.log ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const reach = async (service: string, port: number): Promise<Endpoint> => {
    const reached = await options.reach(service, port).catch((error: unknown) => {
      throw new Error(`Service ${service} in ${namespace} cannot be reached from here`, { cause: error });
    });
    closers.push(() => reached.close());
    return reached;
  };

  const access = await readBusAccess(kubeConfig, namespace);
  const bus = await reachBus(access, access.connection.port, reach);
  const busAmqp = await reachBus(access, amqpPort(access), reach);
  const api = await reach("api", 80);
  const redis = await reach("cache", 6379);
  const prometheus = await reachPrometheus(kubeConfig, namespace, reach);
  if (prometheus.kind === "absent") {
    log("there is no Prometheus in the namespace: the services' own counters are not judged");
  }
  const fromPrometheus = async <T>(read: (at: Address) => Promise<Reading<T>>): Promise<Reading<T> | null> => {
    if (prometheus.kind === "absent") return null;
    return prometheus.kind === "gap" ? prometheus : read(prometheus.value);
  };
  const metricsResolutionSeconds =
    (await metricsResolutionSource(kubeConfig)(AbortSignal.timeout(READ_TIMEOUT_MS)).catch((error: unknown) => {
      log(`metrics-server's resolution is taken to be ${UNKNOWN_METRICS_RESOLUTION_SECONDS} s: ${messageOf(error)}`);
      return undefined;
    })) ?? UNKNOWN_METRICS_RESOLUTION_SECONDS;
  const readQueue = queueSource(access, queue, bus);
  closers.push(() => {
    readQueue.close();
  });
  const readPods = podsSource(kubeConfig, namespace);

  const world: ScenarioEnvironment = {
    startSampler: (intervalMs) => {
      const sources = { ...kubernetesSources(kubeConfig, namespace), queue: readQueue };
      return startSampler<Observed>(sources, { intervalMs });
    },
    startPods: (intervalMs): Sampler<{ pods: Awaited<ReturnType<typeof readPods>> & object }> =>
      startSampler({ pods: readPods }, { intervalMs }),
    watchPodEnds: () => watchPodEnds(kubeConfig, namespace),
    metricsResolutionSeconds,
    queue,
    nowMs: Date.now,
    startLoad: (load, name) =>
      startLoad({
        ...load,
        script: join(import.meta.dirname, "../k6", load.script),
        name,
        k6Path,
        outDir,
        longestSeconds: load.seconds + LOAD_MARGIN_SECONDS,
      }),
    readSent,
    readThirds: async (name) => parseThirds(await readFile(join(outDir, `${name}.summary.json`), "utf8")),
    readLedger: (sent) => readLedger({ ...sent, access, bus: busAmqp, queue, redis, signal, log }),
    readWorkerMemory: (fromMs, toMs) =>
      fromPrometheus((at) => readMemoryByThirds(at, { namespace, workload: "worker", fromMs, toMs, signal })),
    readCounters: (fromMs, toMs) => fromPrometheus((at) => readCounters(at, { namespace, fromMs, toMs, signal })),
    compareWithDashboard: (samples) => fromPrometheus((at) => compareWithDashboard(at, { namespace, samples, signal })),
    change: (field, to) => changeLive(kubeConfig, namespace, field, to),
    restart: (workload) => restartDeployment(kubeConfig, namespace, workload),
    kill: async (workload) => {
      if (options.killPod === undefined) {
        throw new Error(
          "on this cluster nobody knows how to kill a container by SIGKILL: the provider has no way to its node",
        );
      }
      const found = (await readPods(AbortSignal.timeout(READ_TIMEOUT_MS))) ?? [];
      const pod = found.find((one) => one.workload === workload && one.readySinceMs !== null && !one.leaving);
      if (pod === undefined) throw new Error(`no pod of ${workload} is ready and stays`);
      await options.killPod(pod.name);
      return pod.name;
    },
    log,
    signal,
  };

  const busEnvironment = await busEnvironmentOf(access, queue, bus, outDir);
  const apiEnvironment = { API_URL: `http://${hostPort(api)}` };
  const idsFile = join(outDir, "fulfilled.txt");
  let sent: Sent = { accepted: [], unconfirmed: [] };

  /** Look-ups need orders that exist: those of a scenario before, else a few that are sent now. */
  async function existingOrders(name: string): Promise<string[]> {
    if (sent.accepted.length === 0) {
      world.log(`${name}: sending ${SEED_ORDERS} orders to look up`);
      sent = await seed(world, busEnvironment);
    }
    const { accepted } = sent;
    const deadlineMs = Date.now() + deadlines.drainSeconds * 1000;
    for (;;) {
      const fulfilled = await readFulfilled(redis, accepted);
      if (fulfilled.size === accepted.length || (fulfilled.size > 0 && Date.now() > deadlineMs)) return [...fulfilled];
      if (Date.now() > deadlineMs)
        throw new Error(`none of ${accepted.length} orders was fulfilled: nothing to look up`);
      if (world.signal.aborted) throw new Error(abortReason(world.signal));
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }

  async function loadOf(scenario: Scenario): Promise<Load> {
    const load = scenario.load(sizes);
    const with_ = (environment: Record<string, string>): Load => ({
      ...load,
      environment: { ...environment, ...load.environment },
    });
    switch (scenario.needs) {
      case "bus":
        return with_(busEnvironment);
      case "api":
        return with_(apiEnvironment);
      case "api and orders that exist":
        await writeFile(idsFile, `${(await existingOrders(scenario.name)).join("\n")}\n`);
        return with_({ ...apiEnvironment, ORDER_IDS_FILE: idsFile });
    }
  }

  return {
    world,
    run: async (scenario) => {
      try {
        const outcome = await runScenario(scenario, sizes, await loadOf(scenario), world, deadlines);
        if (outcome.sent.accepted.length > 0) sent = outcome.sent;
        return outcome.report;
      } catch (error) {
        return neverStarted(scenario, [], messageOf(error));
      }
    },
  };
}

async function seed(world: ScenarioEnvironment, environment: Record<string, string>): Promise<Sent> {
  const load = backlogOf(SEED_ORDERS);
  const running = await world.startLoad({ ...load, environment: { ...environment, ...load.environment } }, "seed");
  const stop = (): void => {
    running.stop("the proof was interrupted");
  };
  world.signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await running.result;
    if (result.kind === "broke") throw new Error(`the orders to look up could not be sent: ${result.reason}`);
    return await world.readSent(running.outputFile);
  } finally {
    world.signal.removeEventListener("abort", stop);
  }
}

/** A bus within the cluster is dialled by way of its Service, Azure's by its own name. */
async function reachBus(access: BusAccess, port: number, reach: ServiceDialer): Promise<Endpoint> {
  const { host } = access.connection;
  const service = /^([^.]+)\.[^.]+\.svc(\.|$)/.exec(host)?.[1];
  return service === undefined ? { host, port, close: () => undefined } : reach(service, port);
}

/** A cluster without Prometheus is legitimate; one whose Prometheus cannot be reached has something to hide. */
async function reachPrometheus(
  kubeConfig: KubeConfig,
  namespace: string,
  reach: ServiceDialer,
): Promise<Reading<Address>> {
  try {
    await kubeConfig.makeApiClient(CoreV1Api).readNamespacedService({ name: "prometheus", namespace });
    return { kind: "value", value: await reach("prometheus", 9090) };
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return { kind: "absent" };
    return { kind: "gap", error: `Prometheus cannot be reached: ${messageOf(error)}` };
  }
}

async function busEnvironmentOf(
  access: BusAccess,
  queue: string,
  bus: Endpoint,
  outDir: string,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    SERVICEBUS_CONNECTION_STRING: access.connectionString,
    SERVICEBUS_QUEUE: queue,
  };
  if (bus.host !== access.connection.host) environment.SERVICEBUS_ADDRESS = hostPort(bus);
  if (access.ca !== undefined) {
    const caFile = join(outDir, "ca.crt");
    await writeFile(caFile, access.ca);
    environment.SSL_CERT_FILE = caFile;
  }
  return environment;
}
