import { setTimeout as delay } from "node:timers/promises";
import { abortReason } from "../../../model/abortReason.ts";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import type { BusAccess } from "../serviceBus/queue.ts";
import type { Address } from "../../../model/endpoint.ts";
import type { Ledger } from "../../../model/ledger.ts";
import type { Reading } from "../../../model/reading.ts";
import { readCommitted } from "./orders.ts";
import type { RedisAccess } from "./redisAccess.ts";
import { queueContents } from "./queueContents.ts";
import type { Sent } from "./sent.ts";
import { locate, type Places, type Whereabouts } from "./whereabouts.ts";

/** Ids that are kept as examples of each kind. */
const SHOWN_IDS = 20;
/** How long an order that was found nowhere has to turn up. */
const SECOND_LOOK_AFTER_MS = 2_000;
/** 100,000 orders take some seconds; what takes longer than this does not answer. */
const READ_LIMIT_MS = 120_000;

/** What became of every order that was sent, as it stands now; a gap when the queue or Redis cannot be read, or `signal` is aborted. */
export async function readLedger(
  options: Sent & {
    access: BusAccess;
    /** The bus's AMQP endpoint as it can be dialled from here; see `amqpPort`. */
    bus: Address;
    queue: string;
    redis: RedisAccess;
    signal?: AbortSignal;
    log?: (line: string) => void;
  },
): Promise<Reading<Ledger>> {
  const { access, bus, queue, redis, log } = options;
  const limit = AbortSignal.timeout(READ_LIMIT_MS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  let contents: ReturnType<typeof queueContents> | undefined;
  try {
    contents = queueContents({ access, address: bus, queue, log });
    const places: Places = { ...contents, committed: (desired, stop) => readCommitted(redis, desired, stop) };
    const pause = (): Promise<void> => delay(SECOND_LOOK_AFTER_MS, undefined, { signal });
    const found = await locate([...options.accepted, ...options.unconfirmed], places, { signal, pause, log });
    return { kind: "value", value: ledgerOf(options, found) };
  } catch (error) {
    if (options.signal?.aborted === true) return { kind: "gap", error: abortReason(options.signal) };
    return { kind: "gap", error: limit.aborted ? `not read within ${READ_LIMIT_MS / 1000} s` : messageOf(error) };
  } finally {
    await contents?.close().catch(() => undefined);
  }
}

/** Sums up where the orders of a run are. @param found by id; an id that is not in it was in no place. */
export function ledgerOf(sent: Sent, found: ReadonlyMap<string, Whereabouts>): Ledger {
  const accepted = sortOut(sent.accepted, found);
  const unconfirmed = sortOut(sent.unconfirmed, found);
  const byReason: Record<string, number> = {};
  for (const { reason } of accepted.deadLettered) byReason[reason] = (byReason[reason] ?? 0) + 1;
  return {
    accepted: sent.accepted.length,
    processedOnce: accepted.once.length,
    processedAgain: accepted.again.length,
    waiting: accepted.waiting.length,
    deadLettered: { total: accepted.deadLettered.length, byReason },
    lost: accepted.nowhere.length,
    deadLetteredAfterCommit: accepted.deadAfterCommit + unconfirmed.deadAfterCommit,
    unconfirmed: {
      total: sent.unconfirmed.length,
      processed: unconfirmed.once.length + unconfirmed.again.length,
      waiting: unconfirmed.waiting.length,
      deadLettered: unconfirmed.deadLettered.length,
      nowhere: unconfirmed.nowhere.length,
    },
    duplicatesAbsorbed: accepted.repeats + unconfirmed.repeats,
    examples: {
      lost: accepted.nowhere.slice(0, SHOWN_IDS),
      waiting: accepted.waiting.slice(0, SHOWN_IDS),
      deadLettered: accepted.deadLettered.slice(0, SHOWN_IDS).map(({ id }) => id),
      processedAgain: accepted.again.slice(0, SHOWN_IDS),
    },
  };
}

interface Sorted {
  once: string[];
  again: string[];
  waiting: string[];
  deadLettered: { id: string; reason: string }[];
  nowhere: string[];
  repeats: number;
  deadAfterCommit: number;
}

function sortOut(ids: readonly string[], found: ReadonlyMap<string, Whereabouts>): Sorted {
  const sorted: Sorted = {
    once: [],
    again: [],
    waiting: [],
    deadLettered: [],
    nowhere: [],
    repeats: 0,
    deadAfterCommit: 0,
  };
  for (const id of ids) {
    const whereabouts = found.get(id);
    switch (whereabouts?.kind) {
      case "committed":
        (whereabouts.repeats === 0 ? sorted.once : sorted.again).push(id);
        sorted.repeats += whereabouts.repeats;
        if (whereabouts.deadLetterReason !== undefined) sorted.deadAfterCommit += 1;
        break;
      case "dead-lettered":
        sorted.deadLettered.push({ id, reason: whereabouts.reason });
        break;
      case "waiting":
        sorted.waiting.push(id);
        break;
      case undefined:
        sorted.nowhere.push(id);
    }
  }
  return sorted;
}
