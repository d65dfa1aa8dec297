import { after } from "./agenda.ts";
import type { Deployment, PodRecord } from "./pods.ts";

/** A queue with peek-lock, and what its consumers do. */
export interface MessageQueueScript {
  readonly arrivals: readonly { readonly atSeconds: number; readonly messages: number }[];
  /** Messages that one pod works on at once. */
  readonly concurrency: number;
  /** How long each message takes; called once for each delivery. */
  readonly serviceMillis: () => number;
  /** How long a message stays locked whose consumer is gone; running consumers renew their locks. */
  readonly lockMillis: number;
}

export interface MessageQueue {
  readonly deployment: Deployment;
  readonly script: MessageQueueScript;
  waiting: number;
  /** Received and not settled, those of consumers that are gone with them. */
  locked: number;
  completed: number;
  /** Deliveries that ended by the end of their lock. */
  expired: number;
  /** Messages that a pod works on, by its ordinal. */
  readonly working: Map<number, number>;
}

/** What a management read counts, and KEDA's trigger with it: locked messages are active ones. */
export function activeMessages({ waiting, locked }: MessageQueue): number {
  return waiting + locked;
}

/**
 * A queue whose consumers are a Deployment's pods: each takes messages while it is ready; one that terminates takes no more and finishes what it has
 * before it is gone, if there is time.
 */
export function newMessageQueue(deployment: Deployment, script: MessageQueueScript): MessageQueue {
  const queue: MessageQueue = {
    deployment,
    script,
    waiting: 0,
    locked: 0,
    completed: 0,
    expired: 0,
    working: new Map(),
  };
  for (const { atSeconds, messages } of script.arrivals) {
    after(deployment.agenda, atSeconds * 1000, () => {
      queue.waiting += messages;
      deliverAll(queue);
    });
  }
  deployment.watchers.push((pod) => {
    if (pod.phase === "Failed" || !deployment.pods.includes(pod)) release(queue, pod);
    else deliver(queue, pod);
  });
  return queue;
}

/** To all pods in turn, so that none has two messages more than another. */
function deliverAll(queue: MessageQueue): void {
  const { pods } = queue.deployment;
  for (let slot = 1; slot <= queue.script.concurrency; slot++) {
    for (const pod of pods) deliver(queue, pod, slot);
  }
}

function deliver(queue: MessageQueue, pod: PodRecord, upTo = queue.script.concurrency): void {
  const { working } = queue;
  while (queue.waiting > 0 && pod.ready && !pod.terminating && (working.get(pod.ordinal) ?? 0) < upTo) {
    queue.waiting--;
    queue.locked++;
    working.set(pod.ordinal, (working.get(pod.ordinal) ?? 0) + 1);
    work(queue, pod);
  }
}

function work(queue: MessageQueue, pod: PodRecord): void {
  const { deployment, script, working } = queue;
  after(deployment.agenda, script.serviceMillis(), () => {
    const messages = working.get(pod.ordinal);
    // Lost with its pod.
    if (messages === undefined) return;
    working.set(pod.ordinal, messages - 1);
    queue.locked--;
    queue.completed++;
    deliver(queue, pod);
  });
}

/** What a pod that is gone has worked on is there again when its locks have run out. */
function release(queue: MessageQueue, pod: PodRecord): void {
  const messages = queue.working.get(pod.ordinal) ?? 0;
  queue.working.delete(pod.ordinal);
  if (messages === 0) return;
  after(queue.deployment.agenda, queue.script.lockMillis, () => {
    queue.locked -= messages;
    queue.expired += messages;
    queue.waiting += messages;
    deliverAll(queue);
  });
}
