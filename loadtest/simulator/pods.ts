import { after, type Agenda } from "./agenda.ts";
import type { Container, Pod } from "./clusterView.ts";

/** How long a pod takes to start. */
export interface PodStart {
  /** From its creation to running containers. */
  readonly startMillis: number;
  /** From there to ready. */
  readonly readyMillis: number;
}

/** A pod template, and how long the parts of each pod's life take. */
export interface PodTemplate extends PodStart {
  readonly containers: readonly Container[];
  /** From a change of spec.replicas to what the ReplicaSet does about it. */
  readonly createMillis: number;
  /** Of a pod that is created alone; left out where it takes as long as others do. */
  readonly alone?: PodStart;
  /** From deletion until it is gone; it works and holds its locks as long. */
  readonly goneMillis: number;
}

/** A pod, with what its object does not say. */
export interface PodRecord extends Omit<Pod, "phase" | "terminating" | "ready" | "readyChangedMillis"> {
  phase: Pod["phase"];
  terminating: boolean;
  ready: boolean;
  readyChangedMillis: number;
  runningMillis: number;
}

/** A Deployment: spec.replicas and the pods that there are, failed and terminating ones with them. */
export interface Deployment {
  readonly agenda: Agenda;
  readonly template: PodTemplate;
  replicas: number;
  created: number;
  pods: PodRecord[];
  /** Called after a pod became ready or unready, began to terminate, or is gone. */
  readonly watchers: ((pod: PodRecord) => void)[];
}

const HOUR_MILLIS = 3_600_000;

/** The API server stores whole seconds. */
const wholeSecond = (millis: number): number => Math.floor(millis / 1000) * 1000;

/** A Deployment whose pods have been ready for an hour. */
export function newDeployment(agenda: Agenda, template: PodTemplate, replicas: number): Deployment {
  const deployment: Deployment = { agenda, template, replicas, created: 0, pods: [], watchers: [] };
  for (let pod = 0; pod < replicas; pod++) {
    const record = create(deployment, -HOUR_MILLIS);
    Object.assign(record, { phase: "Running", ready: true, runningMillis: -HOUR_MILLIS });
  }
  return deployment;
}

/** Pods that the ReplicaSet counts: status.replicas. */
export function activePods({ pods }: Deployment): PodRecord[] {
  return pods.filter((pod) => !pod.terminating && pod.phase !== "Failed");
}

/** Changes spec.replicas; the ReplicaSet follows. */
export function setReplicas(deployment: Deployment, replicas: number): void {
  deployment.replicas = replicas;
  after(deployment.agenda, deployment.template.createMillis, () => {
    replicate(deployment);
  });
}

export type PodBecomes = "ready" | "unready" | "failed";

/** Something happens to a running pod, counted from 1 in the order of creation. Nothing where it does not run. */
export function happenTo(deployment: Deployment, ordinal: number, becomes: PodBecomes): void {
  const { agenda, template, pods } = deployment;
  const pod = pods.find((one) => one.ordinal === ordinal && one.phase === "Running" && !one.terminating);
  if (pod === undefined) return;
  if (becomes === "failed") pod.phase = "Failed";
  setReady(deployment, pod, becomes === "ready");
  if (becomes === "failed") {
    for (const watch of deployment.watchers) watch(pod);
    after(agenda, template.createMillis, () => {
      replicate(deployment);
    });
  }
}

function setReady({ agenda, watchers }: Deployment, pod: PodRecord, ready: boolean): void {
  if (pod.ready === ready) return;
  pod.ready = ready;
  pod.readyChangedMillis = wholeSecond(agenda.nowMillis);
  for (const watch of watchers) watch(pod);
}

/** The ReplicaSet creates what is missing and deletes what is too much. */
function replicate(deployment: Deployment): void {
  const active = activePods(deployment);
  const { template } = deployment;
  const takes = deployment.replicas === active.length + 1 ? (template.alone ?? template) : template;
  for (let count = active.length; count < deployment.replicas; count++) {
    start(deployment, create(deployment, wholeSecond(deployment.agenda.nowMillis)), takes);
  }
  const surplus = active.toSorted(deletedFirst).slice(0, Math.max(0, active.length - deployment.replicas));
  for (const pod of surplus) {
    pod.terminating = true;
    for (const watch of deployment.watchers) watch(pod);
    after(deployment.agenda, deployment.template.goneMillis, () => {
      deployment.pods = deployment.pods.filter((one) => one !== pod);
      for (const watch of deployment.watchers) watch(pod);
    });
  }
}

/**
 * controller_utils.go ActivePodsWithRanks.Less, of pods on one node: pending ones, then unready ones, then those ready for a shorter time, then the
 * youngest. Kubernetes takes readiness times of one order of magnitude as equal and chooses among them by chance, which is left out.
 */
function deletedFirst(a: PodRecord, b: PodRecord): number {
  const rank = (pod: PodRecord): number => (pod.phase === "Pending" ? 0 : pod.ready ? 2 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a.ready && a.readyChangedMillis !== b.readyChangedMillis) return b.readyChangedMillis - a.readyChangedMillis;
  return b.ordinal - a.ordinal;
}

function create(deployment: Deployment, atMillis: number): PodRecord {
  const pod: PodRecord = {
    ordinal: ++deployment.created,
    phase: "Pending",
    terminating: false,
    startMillis: atMillis,
    ready: false,
    readyChangedMillis: atMillis,
    runningMillis: Infinity,
  };
  deployment.pods.push(pod);
  return pod;
}

function start(deployment: Deployment, pod: PodRecord, { startMillis, readyMillis }: PodStart): void {
  const { agenda } = deployment;
  const lives = (): boolean => !pod.terminating && pod.phase !== "Failed";
  after(agenda, startMillis, () => {
    if (!lives()) return;
    pod.phase = "Running";
    pod.runningMillis = agenda.nowMillis;
    after(agenda, readyMillis, () => {
      if (lives()) setReady(deployment, pod, true);
    });
  });
}
