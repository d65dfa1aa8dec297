import type { ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";

/** What is expected of the worker's autoscaler, whatever is configured. */
export interface Expected {
  /** The backlog, in messages. */
  messages: number;
  /** Replicas that such a backlog has to bring at least. */
  floor: number;
  /** From a backlog to the first ready worker, at the most. */
  firstWorkerSeconds: number;
  /** From an empty queue until the idle workers are gone, at the most. */
  idleWorkersGoneSeconds: number;
}

/**
 * Why a ScaledObject cannot do what is expected however well everything works; empty when it can. Needs no load, nor even a cluster.
 * @param name of the ScaledObject.
 */
export function scalerCannot(scaledObject: ScaledObjectState, expected: Expected, name = "worker"): Cause[] {
  const { pollingIntervalSeconds, cooldownSeconds } = scaledObject;
  const { firstWorkerSeconds, idleWorkersGoneSeconds } = expected;
  const causes = tooFewReplicas(scaledObject, expected, name);
  if (pollingIntervalSeconds >= firstWorkerSeconds) {
    const params = { pollingIntervalSeconds, objectiveSeconds: firstWorkerSeconds };
    causes.push(causeOf("polling-interval-exceeds-objective", name, params));
  }
  if (cooldownSeconds > idleWorkersGoneSeconds) {
    const params = { cooldownSeconds, objectiveSeconds: idleWorkersGoneSeconds };
    causes.push(causeOf("cooldown-exceeds-objective", name, params));
  }
  return causes;
}

/** Why a ScaledObject never desires so many replicas for so many messages. */
export function tooFewReplicas(
  { maxReplicas, messagesPerReplica, activationMessages }: ScaledObjectState,
  { messages, floor: required }: Pick<Expected, "messages" | "floor">,
  name = "worker",
): Cause[] {
  const causes: Cause[] = [];
  if (maxReplicas < required) {
    causes.push(causeOf("max-replicas-below-required", name, { object: "ScaledObject", maxReplicas, required }));
  }
  if (activationMessages !== null && messages <= activationMessages) {
    causes.push(causeOf("activation-threshold-not-exceeded", name, { activationMessages, messages }));
  }
  const recommended = messagesPerReplica === null ? Infinity : Math.ceil(messages / messagesPerReplica);
  if (messagesPerReplica !== null && recommended < required) {
    const params = { messagesPerReplica, messages, recommended, required };
    causes.push(causeOf("messages-per-replica-too-high", name, params));
  }
  return causes;
}
