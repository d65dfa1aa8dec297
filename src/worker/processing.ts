import type { Logger } from "../shared/logger.ts";
import { orderMessage, type OrderMessage } from "../shared/order.ts";
import { pause } from "../shared/pause.ts";
import { violationsOf } from "../shared/problemDetails.ts";
import type { Span, Tracing } from "../shared/tracing.ts";
import { backoffMs } from "./backoff.ts";
import { UnfulfillableError, type Fulfilment } from "./fulfilment.ts";
import type { CommitCircuitBreaker } from "./commitCircuitBreaker.ts";
import type { Outcome, WorkerMetrics } from "./metrics.ts";
import { CommitsUnavailableError, type CommitResult, type OrderCommits } from "./orderCommits.ts";
import type { Slots } from "./slots.ts";
import { within } from "./within.ts";

/** One message under a lock, to be settled exactly once. Settling rejects when the lock is gone or the broker does not answer. */
export interface Delivery {
  readonly messageId: string;
  readonly body: unknown;
  readonly enqueuedAt: Date;
  /** Of whoever sent it; undefined when there is none. */
  readonly traceparent: string | undefined;
  /** Aborted when nothing may be waited for any more: the worker drains, or the lock is lost. A call that is under way may finish. */
  readonly softStop: AbortSignal;
  /** Aborted when the worker leaves: a call that is under way is given up. */
  readonly hardStop: AbortSignal;
  /** False when the lock is known to be lost: then there is nothing to abandon. */
  isLocked(): boolean;
  complete(): Promise<void>;
  abandon(): Promise<void>;
  deadLetter(reason: string, description: string): Promise<void>;
}

export interface ProcessingPorts {
  readonly fulfilment: Fulfilment;
  readonly commits: Pick<OrderCommits, "commitment">;
  readonly circuitBreaker: Pick<CommitCircuitBreaker, "whenClosed" | "trip">;
  readonly slots: Slots;
  readonly metrics: Pick<WorkerMetrics, "count" | "observeAge" | "retried">;
  readonly tracing: Tracing;
  readonly log: Logger;
  /** How long fulfilment is tried before the message is abandoned. */
  readonly holdLimitMs: number;
}

/** How a delivery ends, before the broker is told. */
type End =
  | { readonly kind: "committed"; readonly result: CommitResult }
  | { readonly kind: "impossible"; readonly reason: string; readonly description: string }
  | { readonly kind: "abandoned"; readonly reason: string };

/** Reason on messages in the dead-letter queue that no retry can make an order. */
export const INVALID_ORDER = "invalid-order";

/** Service Bus keeps at most 4,096 characters. */
const MAX_REASON_LENGTH = 100;
const MAX_DESCRIPTION_LENGTH = 1_000;

/** Takes one message to its end and settles it. Never rejects: the SDK would abandon at once, and so use up the delivery count. */
export async function processDelivery(ports: ProcessingPorts, delivery: Delivery): Promise<void> {
  const { messageId, enqueuedAt } = delivery;
  const span = ports.tracing.start("process order", "consumer", delivery.traceparent, {
    "messaging.message.id": messageId,
  });
  const parsed = orderMessage.safeParse(delivery.body);
  // By design they are the same; of a message that is no order the one is all there is.
  const confirmationId = parsed.success ? parsed.data.confirmationId : messageId;
  const log = ports.log.child({ confirmationId, messageId, traceId: span.traceId });

  const end: End = parsed.success
    ? await fulfilAndCommit(ports, log, span, delivery, parsed.data)
    : {
        kind: "impossible",
        reason: INVALID_ORDER,
        description: violationsOf(parsed.error)
          .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`))
          .join("; "),
      };

  switch (end.kind) {
    case "committed": {
      // The broker's clock may be ahead.
      const ageSeconds = Math.max(0, Date.now() - enqueuedAt.getTime()) / 1_000;
      ports.metrics.count(end.result);
      if (end.result === "processed") ports.metrics.observeAge(ageSeconds);
      log.info(`order ${end.result}`);
      await settle(ports, log, undefined, () => delivery.complete());
      span.end();
      return;
    }
    case "impossible": {
      const reason = end.reason.slice(0, MAX_REASON_LENGTH);
      const description = end.description.slice(0, MAX_DESCRIPTION_LENGTH);
      log.warn({ reason, description }, "message dead-lettered");
      await settle(ports, log, "dead_lettered", () => delivery.deadLetter(reason, description));
      span.end(new Error(reason));
      return;
    }
    case "abandoned":
      log.warn({ reason: end.reason }, "message abandoned");
      // A lost lock needs no answer: the broker has released the message already.
      if (delivery.isLocked()) await settle(ports, log, "abandoned", () => delivery.abandon());
      span.end(new Error(end.reason));
  }
}

async function fulfilAndCommit(
  ports: ProcessingPorts,
  log: Logger,
  span: Span,
  delivery: Delivery,
  order: OrderMessage,
): Promise<End> {
  const { softStop } = delivery;
  const release = await ports.slots.take(softStop);
  if (release === undefined) return abandoned(delivery, "stopped before it began");
  try {
    // What cannot be committed now need not be fulfilled now either.
    if (!(await ports.circuitBreaker.whenClosed(softStop))) return abandoned(delivery, "Redis takes no commits");
    return (await fulfil(ports, log, span, delivery, order)) ?? (await commit(ports, log, delivery, order));
  } finally {
    release();
  }
}

/** Undefined when it is done. Tries again with back-off, holding the message: abandoning it at each failure would use up its delivery count. */
async function fulfil(
  ports: ProcessingPorts,
  log: Logger,
  { traceparent }: Span,
  delivery: Delivery,
  order: OrderMessage,
): Promise<End | undefined> {
  const { softStop, hardStop } = delivery;
  const giveUp = new AbortController();
  const stop = (): void => {
    giveUp.abort();
  };
  const { signal } = giveUp;
  const limit = setTimeout(stop, ports.holdLimitMs);
  hardStop.addEventListener("abort", stop);
  if (hardStop.aborted) stop();
  try {
    for (let failures = 1; ; failures += 1) {
      const span = ports.tracing.start("fulfil order", "client", traceparent);
      try {
        // Whether or not the provider observes the signal, its answer is not waited for any longer.
        await within(ports.fulfilment.fulfil(order, { signal, traceparent: span.traceparent }), { signal });
        span.end();
        return undefined;
      } catch (error) {
        span.end(error);
        if (error instanceof UnfulfillableError) {
          return { kind: "impossible", reason: error.reason, description: error.message };
        }
        if (hardStop.aborted) return abandoned(delivery, "stopped before it finished");
        if (signal.aborted) return abandoned(delivery, `not fulfilled within ${ports.holdLimitMs} ms`);
        log.debug({ err: error, failures }, "fulfilment failed");
      }
      await pause(backoffMs(failures), softStop);
      if (softStop.aborted || giveUp.signal.aborted) return abandoned(delivery, "fulfilment failed");
      ports.metrics.retried();
    }
  } finally {
    clearTimeout(limit);
    hardStop.removeEventListener("abort", stop);
  }
}

/** Waits for Redis for as long as it takes and the lock is held. */
async function commit(ports: ProcessingPorts, log: Logger, delivery: Delivery, order: OrderMessage): Promise<End> {
  const { softStop } = delivery;
  const attempt = ports.commits.commitment(order, delivery.enqueuedAt, new Date());
  const started = performance.now();
  for (let failures = 1; ; failures += 1) {
    try {
      return { kind: "committed", result: await attempt() };
    } catch (error) {
      if (error instanceof CommitsUnavailableError) {
        ports.circuitBreaker.trip(error);
        if (!(await ports.circuitBreaker.whenClosed(softStop))) return abandoned(delivery, "Redis takes no commits");
        continue;
      }
      log.error({ err: error, failures }, "commit failed");
    }
    await pause(backoffMs(failures), softStop);
    if (softStop.aborted || performance.now() - started > ports.holdLimitMs) {
      return abandoned(delivery, "the order cannot be committed");
    }
    ports.metrics.retried();
  }
}

function abandoned(delivery: Delivery, reason: string): End {
  return { kind: "abandoned", reason: delivery.isLocked() ? reason : `lock lost: ${reason}` };
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
