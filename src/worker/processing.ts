import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../shared/logger.ts";
import { orderMessage, type OrderMessage } from "../shared/order.ts";
import { violationsOf } from "../shared/problem.ts";
import type { Fulfilment } from "./fulfilment.ts";
import type { Outcome, WorkerMetrics } from "./metrics.ts";
import type { CommitResult, OrderLedger } from "./orderLedger.ts";

/** One message under a lock, to be settled exactly once. Settling rejects when the lock is gone. */
export interface Delivery {
  readonly messageId: string;
  readonly body: unknown;
  readonly enqueuedAt: Date;
  /** The end of the lock, which moves while the lock is renewed. */
  lockedUntil(): Date;
  complete(): Promise<void>;
  abandon(): Promise<void>;
  deadLetter(reason: string, description: string): Promise<void>;
}

export interface ProcessingPorts {
  readonly fulfilment: Fulfilment;
  readonly ledger: OrderLedger;
  readonly metrics: Pick<WorkerMetrics, "count">;
  readonly log: Logger;
  /** Aborted when the worker drains: what cannot be finished now is given back at once. */
  readonly draining: AbortSignal;
}

/** Reason on messages in the dead-letter queue that no retry can make an order. */
export const INVALID_ORDER = "invalid-order";

/** Time kept for giving a message back before its lock ends; it also covers the clocks' difference. */
const LOCK_MARGIN_MS = 2_000;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;
/** Service Bus keeps at most 4,096 characters. */
const MAX_DESCRIPTION_LENGTH = 1_000;

/** Takes one message to its end and settles it. Never rejects: the SDK would abandon at once, and so burn the delivery count. */
export async function processDelivery(ports: ProcessingPorts, delivery: Delivery): Promise<void> {
  const log = ports.log.child({ messageId: delivery.messageId });
  const parsed = orderMessage.safeParse(delivery.body);
  if (!parsed.success) {
    const description = violationsOf(parsed.error)
      .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`))
      .join("; ")
      .slice(0, MAX_DESCRIPTION_LENGTH);
    log.warn({ reason: INVALID_ORDER, description }, "message dead-lettered");
    await settle(ports, log, "dead_lettered", () => delivery.deadLetter(INVALID_ORDER, description));
    return;
  }

  const result = await fulfilAndCommit(ports, log, delivery, parsed.data);
  if (result === undefined) {
    log.warn("message given back");
    await settle(ports, log, "abandoned", () => delivery.abandon());
    return;
  }
  ports.metrics.count(result);
  log.info({ confirmationId: parsed.data.confirmationId }, `order ${result}`);
  await settle(ports, log, undefined, () => delivery.complete());
}

/** Undefined when it could not be done while the lock held, or not before the worker has to leave. */
async function fulfilAndCommit(
  ports: ProcessingPorts,
  log: Logger,
  delivery: Delivery,
  order: OrderMessage,
): Promise<CommitResult | undefined> {
  const fulfilled = await whileLocked(ports, log, delivery, async () => {
    await ports.fulfilment.fulfil(order);
    return true;
  });
  if (fulfilled === undefined) return undefined;
  return whileLocked(ports, log, delivery, ports.ledger.commitment(order, delivery.enqueuedAt, new Date()));
}

/** Tries until it succeeds, with back-off, holding the message: giving it back at each failure would burn its delivery count. */
async function whileLocked<Result>(
  { draining }: ProcessingPorts,
  log: Logger,
  delivery: Delivery,
  operation: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)) {
    try {
      return await operation();
    } catch (error) {
      log.debug({ err: error }, "another try follows while the lock holds");
    }
    // Jitter, so that a worker's messages do not all come back to Redis in one moment.
    const pauseMs = backoffMs * (0.5 + Math.random() / 2);
    const lockLeftMs = delivery.lockedUntil().getTime() - Date.now();
    if (draining.aborted || lockLeftMs < pauseMs + LOCK_MARGIN_MS) return undefined;
    // Draining ends the pause; the try after it is the last.
    await delay(pauseMs, undefined, { signal: draining }).catch(() => undefined);
  }
}

/** Counts `outcome` when the broker has confirmed the settlement, lock_lost when not: then it will deliver again. */
async function settle(
  { metrics }: ProcessingPorts,
  log: Logger,
  outcome: Outcome | undefined,
  settlement: () => Promise<void>,
): Promise<void> {
  try {
    await settlement();
    if (outcome !== undefined) metrics.count(outcome);
  } catch (error) {
    metrics.count("lock_lost");
    log.warn({ err: error }, "settlement not confirmed, the message will be delivered again");
  }
}
