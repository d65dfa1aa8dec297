import { externalTriggers, queueTrigger, type ScaledObjectState } from "../model/autoscaling.ts";
import { type Cause, causeOf } from "../model/cause.ts";

/** What is expected of a workload's ScaledObject, whatever is configured. */
export interface Expected {
  /** The backlog, in messages; Infinity where it is not known, or where no queue is meant. */
  messages: number;
  /** Replicas that such a backlog has to bring at least. */
  floor: number;
  /** From a backlog to the first ready replica, at the most. */
  firstReplicaSeconds: number;
  /** From an empty queue until the replicas without work are gone, at the most. */
  idleReplicasGoneSeconds: number;
}

type Limits = Pick<ScaledObjectState, "name" | "maxReplicas" | "triggers" | "formula">;

/**
 * Why a ScaledObject cannot do what is expected however well everything works; empty when it can. Needs no load, nor even a cluster.
 * @param name of the ScaledObject, where it is another one than the object itself says.
 */
export function scalerCannot(
  scaledObject: Limits & Pick<ScaledObjectState, "pollingIntervalSeconds" | "cooldownSeconds">,
  expected: Expected,
  name = scaledObject.name,
): Cause[] {
  const { pollingIntervalSeconds, cooldownSeconds } = scaledObject;
  const { firstReplicaSeconds, idleReplicasGoneSeconds } = expected;
  const causes = tooFewReplicas(scaledObject, expected, name);
  if (pollingIntervalSeconds >= firstReplicaSeconds) {
    const params = { pollingIntervalSeconds, objectiveSeconds: firstReplicaSeconds };
    causes.push(causeOf("polling-interval-exceeds-objective", name, params));
  }
  if (cooldownSeconds > idleReplicasGoneSeconds) {
    const params = { cooldownSeconds, objectiveSeconds: idleReplicasGoneSeconds };
    causes.push(causeOf("cooldown-exceeds-objective", name, params));
  }
  return causes;
}

/** Why a ScaledObject never desires so many replicas for so many messages. */
export function tooFewReplicas(
  scaledObject: Limits,
  { messages, floor: required }: Pick<Expected, "messages" | "floor">,
  name = scaledObject.name,
): Cause[] {
  const { maxReplicas, triggers, formula } = scaledObject;
  const causes: Cause[] = [];
  if (maxReplicas < required) {
    causes.push(causeOf("max-replicas-below-required", name, { object: "ScaledObject", maxReplicas, required }));
  }
  // A formula makes another metric of its triggers, with a target of its own.
  const trigger = formula === null ? queueTrigger(externalTriggers(triggers)) : undefined;
  if (trigger === undefined) return causes;
  const { target: messagesPerReplica, activation: activationMessages } = trigger;
  if (messages <= activationMessages) {
    causes.push(causeOf("activation-threshold-not-exceeded", name, { activationMessages, messages }));
  }
  const recommended = messagesPerReplica === null ? Infinity : Math.ceil(messages / messagesPerReplica);
  if (messagesPerReplica !== null && recommended < required) {
    const params = { messagesPerReplica, messages, recommended, required };
    causes.push(causeOf("messages-per-replica-too-high", name, params));
  }
  return causes;
}
