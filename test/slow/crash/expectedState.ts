import { effects, received, type Effect, type Place, type State } from "./effects.ts";

/**
 * What the emulator may hold, told from its answers alone. An operation that was acknowledged has happened; one that was refused has not; one
 * that was cut off by a crash is in doubt. So each message has not one state but all that are still possible; whatever is seen of it later
 * excludes some, and when none is left, the emulator has lost, doubled or made up something.
 */

/** A message as the emulator showed it, by a delivery or a peek. */
export interface Sighting {
  readonly entity: string;
  readonly id: string;
  readonly place: Place;
  readonly sequenceNumber: number;
  readonly deliveryCount: number;
  readonly mark: number | undefined;
  readonly reason: string | undefined;
  readonly body: string;
  /** Whether it was handed out under a lock now, and not only looked at. */
  readonly delivered: boolean;
}

/** An operation that is under way. */
export interface Pending {
  acknowledged(): void;
  refused(): void;
}

/** The emulator did what cannot be; the message says to which message, and everything that happened to it. */
export class ViolationError extends Error {
  override readonly name = "ViolationError";
}

export const MAX_DELIVERY_REASON = "MaxDeliveryCountExceeded";

interface Hypothesis {
  readonly state: State;
  /** Operations under way that have taken effect in it already. */
  readonly applied: ReadonlySet<Operation>;
}

interface Operation {
  readonly name: string;
  readonly effect: Effect;
  /** A failed delivery, if it takes effect. */
  readonly fails: boolean;
}

interface Message {
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  /** When it is due, for a scheduled one. In milliseconds since 1970. */
  readonly dueAtMs: number | undefined;
  readonly sentAtMs: number;
  acknowledgedAtMs: number | undefined;
  firstSequenceNumber: number | undefined;
  hypotheses: readonly Hypothesis[];
  readonly pending: Set<Operation>;
  failuresAtLeast: number;
  failuresAtMost: number;
  readonly history: string[];
}

export interface ExpectedState {
  /** A message that is about to be sent for the first and only time. */
  add(message: { id: string; queue: string; body: string; dueAtMs?: number }): void;
  /** An operation on these messages is about to be asked for. @param fails whether it counts as a failed delivery. */
  begin(name: string, ids: readonly string[], effect: Effect, fails?: boolean): Pending;
  see(sighting: Sighting): void;
  /** All messages that are in a queue now: each once, and none besides. */
  seeAll(queue: string, sightings: readonly Sighting[]): void;
  /** The emulator is dead: what is under way stays in doubt for good, and locks may have ended or not. */
  crash(): void;
  /** Whether it is certain that the message is in this place. */
  isCertainly(id: string, place: Place): boolean;
  /** Whether it is certain that the emulator had the message when it was last heard of. */
  isCertainlyStored(id: string): boolean;
  /** Messages of a queue that may be in this place. */
  possibly(queue: string, place: Place): string[];
  /** How many messages are not certainly out of the way. */
  readonly openCount: number;
  readonly messageCount: number;
  /** @throws {ViolationError} when a message that was sent after another was acknowledged has a lower sequence number. */
  checkOrder(queue: string): void;
}

export function createExpectedState(maxDeliveryCount: number, now: () => number = Date.now): ExpectedState {
  const messages = new Map<string, Message>();
  /** Whose number it is, by `<entity> <number>`. */
  const owners = new Map<string, string>();

  function messageOf(id: string, what: string): Message {
    const message = messages.get(id);
    if (message === undefined) throw new ViolationError(`${what}: nobody has ever sent a message "${id}"`);
    return message;
  }

  function violation(message: Message, what: string): ViolationError {
    const history = message.history.map((line) => `\n  ${line}`).join("");
    return new ViolationError(`message ${message.id}: ${what}; its history:${history}`);
  }

  function note(message: Message, line: string): void {
    message.history.push(`${new Date(now()).toISOString()} ${line}`);
  }

  /** Everything that may have become of it by now. */
  function possible(message: Message): Hypothesis[] {
    const found = [...message.hypotheses];
    for (const hypothesis of found) {
      for (const operation of message.pending) {
        if (hypothesis.applied.has(operation)) continue;
        const state = operation.effect(hypothesis.state);
        if (state !== undefined) found.push({ state, applied: new Set([...hypothesis.applied, operation]) });
      }
      const { place, mark } = hypothesis.state;
      if (place === "scheduled" && (message.dueAtMs ?? Infinity) <= now()) {
        found.push({ ...hypothesis, state: { place: "active" } });
      }
      if ((place === "active" || place === "deferred") && message.failuresAtMost >= maxDeliveryCount) {
        found.push({ ...hypothesis, state: { place: "dead", reason: MAX_DELIVERY_REASON, mark } });
      }
    }
    return found;
  }

  function keep(message: Message, hypotheses: readonly Hypothesis[], what: string): void {
    if (hypotheses.length === 0) {
      const before = possible(message).map(({ state }) => JSON.stringify(state));
      throw violation(message, `${what}, but it could only be ${[...new Set(before)].join(" or ")}`);
    }
    const known = new Map<string, Hypothesis>();
    const operations = [...message.pending];
    for (const hypothesis of hypotheses) {
      const applied = operations.map((operation) => (hypothesis.applied.has(operation) ? "1" : "0")).join("");
      known.set(`${applied} ${JSON.stringify(hypothesis.state)}`, hypothesis);
    }
    message.hypotheses = [...known.values()];
  }

  function without(hypothesis: Hypothesis, operation: Operation): Hypothesis {
    return { ...hypothesis, applied: new Set([...hypothesis.applied].filter((other) => other !== operation)) };
  }

  function see(sighting: Sighting): void {
    const { entity, id, place, sequenceNumber, deliveryCount, mark, reason, body, delivered } = sighting;
    const what = `seen ${delivered ? "delivered" : "by a peek"} ${JSON.stringify({ entity, place, sequenceNumber, deliveryCount, mark, reason })}`;
    const message = messageOf(id, what);
    note(message, what);
    if (body !== message.body) throw violation(message, `its body is ${JSON.stringify(body.slice(0, 200))}`);
    const key = `${entity} ${sequenceNumber}`;
    const owner = owners.get(key) ?? id;
    if (owner !== id) throw violation(message, `its sequence number was message ${owner}'s`);
    owners.set(key, id);
    message.firstSequenceNumber ??= sequenceNumber;
    if (deliveryCount < message.failuresAtLeast || deliveryCount > message.failuresAtMost) {
      throw violation(
        message,
        `its delivery count is ${deliveryCount}, not between ${message.failuresAtLeast} and ${message.failuresAtMost}`,
      );
    }
    if (place === "active" && deliveryCount >= maxDeliveryCount) {
      throw violation(message, `it failed ${deliveryCount} times and is not in the dead-letter queue`);
    }
    // A lock that ends without an answer is a failed delivery; in a dead-letter queue none is counted.
    if (delivered && place !== "dead") message.failuresAtMost += 1;
    const fitting = possible(message).filter(
      ({ state }) => state.place === place && state.mark === mark && state.reason === reason,
    );
    keep(message, fitting, what);
  }

  return {
    add: ({ id, queue, body, dueAtMs }) => {
      messages.set(id, {
        id,
        queue,
        body,
        dueAtMs,
        sentAtMs: now(),
        acknowledgedAtMs: undefined,
        firstSequenceNumber: undefined,
        hypotheses: [{ state: { place: "unsent" }, applied: new Set() }],
        pending: new Set(),
        failuresAtLeast: 0,
        failuresAtMost: 0,
        history: [],
      });
    },
    begin: (name, ids, effect, fails = false) => {
      const operation: Operation = { name, effect, fails };
      const touched = ids.map((id) => messageOf(id, name));
      for (const message of touched) {
        note(message, `${name} asked for`);
        message.pending.add(operation);
      }
      return {
        acknowledged: () => {
          for (const message of touched) {
            if (!message.pending.has(operation)) continue;
            note(message, `${name} acknowledged`);
            if (operation.effect === effects.send) message.acknowledgedAtMs = now();
            if (operation.fails) message.failuresAtLeast += 1;
            const happened = possible(message).filter(({ applied }) => applied.has(operation));
            keep(message, happened, `${name} acknowledged`);
            message.hypotheses = message.hypotheses.map((hypothesis) => without(hypothesis, operation));
            message.pending.delete(operation);
          }
        },
        refused: () => {
          for (const message of touched) {
            if (!message.pending.has(operation)) continue;
            note(message, `${name} refused`);
            const untouched = message.hypotheses.filter(({ applied }) => !applied.has(operation));
            keep(message, untouched, `${name} refused`);
            message.pending.delete(operation);
          }
        },
      };
    },
    see,
    seeAll: (queue, sightings) => {
      const seen = new Set<string>();
      for (const sighting of sightings) {
        see(sighting);
        if (seen.has(sighting.id)) throw violation(messageOf(sighting.id, "seen"), "it is there twice");
        seen.add(sighting.id);
      }
      for (const message of messages.values()) {
        if (message.queue !== queue || seen.has(message.id)) continue;
        const away = possible(message).filter(({ state: { place } }) => place === "unsent" || place === "gone");
        keep(message, away, "it is not there");
      }
    },
    crash: () => {
      for (const message of messages.values()) {
        const here = possible(message);
        if (here.some(({ state: { place } }) => received(place) && place !== "dead")) message.failuresAtMost += 1;
        for (const operation of message.pending) note(message, `${operation.name} in doubt: the emulator was killed`);
        message.pending.clear();
        keep(
          message,
          here.map(({ state }) => ({ state, applied: new Set<Operation>() })),
          "killed",
        );
      }
    },
    isCertainly: (id, place) => {
      const message = messageOf(id, "asked for");
      return message.pending.size === 0 && message.hypotheses.every(({ state }) => state.place === place);
    },
    isCertainlyStored: (id) =>
      messageOf(id, "asked for").hypotheses.every(({ state: { place } }) => place !== "unsent" && place !== "gone"),
    possibly: (queue, place) =>
      [...messages.values()]
        .filter((message) => message.queue === queue && possible(message).some(({ state }) => state.place === place))
        .map(({ id }) => id),
    get openCount() {
      let count = 0;
      for (const { hypotheses } of messages.values()) {
        if (hypotheses.some(({ state: { place } }) => place !== "gone" && place !== "unsent")) count += 1;
      }
      return count;
    },
    get messageCount() {
      return messages.size;
    },
    checkOrder: (queue) => {
      const numbered = [...messages.values()]
        .filter((message) => message.queue === queue && message.dueAtMs === undefined)
        .flatMap((message) =>
          message.firstSequenceNumber === undefined ? [] : [{ message, number: message.firstSequenceNumber }],
        )
        .sort((a, b) => a.number - b.number);
      let latest: Message | undefined;
      for (const { message } of numbered) {
        if (latest !== undefined && (message.acknowledgedAtMs ?? Infinity) < latest.sentAtMs) {
          throw violation(
            message,
            `acknowledged before ${latest.id} was sent, it has the higher number (${message.firstSequenceNumber ?? 0} and ${latest.firstSequenceNumber ?? 0})`,
          );
        }
        if (latest === undefined || message.sentAtMs > latest.sentAtMs) latest = message;
      }
    },
  };
}
