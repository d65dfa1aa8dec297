import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Request, Response } from "express";
import * as z from "zod";
import type { Logger } from "../shared/logger.ts";
import { confirmationId as confirmationIdSchema, orderRequest, type OrderMessage } from "../shared/order.ts";
import { violationsOf } from "../shared/problemDetails.ts";
import type { Span, Tracing } from "../shared/tracing.ts";
import { confirmationIdOf, idempotencyKey } from "./idempotencyKey.ts";
import type { ApiMetrics } from "./metrics.ts";
import { StoreUnavailableError, type OrderStore } from "./orderStore.ts";
import { problemOf, sendProblem } from "./problems.ts";
import { BrokerUnavailableError, TooLargeToQueueError, type Publisher } from "./publisher.ts";
import { OrderRejectedError } from "./rejection.ts";
import { readJson } from "./requestBody.ts";
import { ValidatorUnavailableError, type Validation } from "./validation.ts";

export const ORDERS_ROUTE = "/api/v1/orders";
export const ORDER_ROUTE = "/api/v1/orders/{confirmationId}";

/** Redis can be silent for a second before it is known to be unavailable; an order's key is not checked for longer than this. */
const CLAIM_TIMEOUT_MS = 250;

/** What the order routes depend on. */
export interface OrderPorts {
  readonly validation: Pick<Validation, "validate">;
  readonly publisher: Pick<Publisher, "publish">;
  readonly store: OrderStore;
  readonly metrics: ApiMetrics;
  readonly tracing: Pick<Tracing, "start">;
  readonly log: Logger;
  /** Orders that may wait for the validator or the broker at once. */
  readonly maxOrdersWaiting: number;
}

/** The answer to an order that was accepted. */
export const acceptedOrder = z.object({ confirmationId: confirmationIdSchema, status: z.literal("accepted") });

/** `POST /api/v1/orders`: 202 only after the broker has stored the order. */
export function createPlaceOrder(ports: OrderPorts): (request: Request, response: Response) => Promise<void> {
  const { store, metrics, tracing, log, maxOrdersWaiting } = ports;
  let waiting = 0;

  return async (request, response) => {
    const span = tracing.start(
      `POST ${ORDERS_ROUTE}`,
      "server",
      traceparentOf(request),
      routeAttributes("POST", ORDERS_ROUTE),
    );
    const { traceId } = span;
    let confirmationId: string | undefined;
    try {
      const { key, ...order } = await readOrder(request);
      confirmationId = order.confirmationId;
      if (waiting >= maxOrdersWaiting) throw new OrderRejectedError("overloaded", problemOf("overloaded"));
      waiting++;
      metrics.waiting.inc();
      try {
        await handOver(ports, span, order, key !== undefined);
      } finally {
        waiting--;
        metrics.waiting.dec();
      }
      metrics.accepted.inc();
      log.info({ confirmationId, traceId }, "order accepted");
      response.statusCode = 202;
      response.setHeader("location", `${ORDERS_ROUTE}/${confirmationId}`);
      sendJson(response, { confirmationId, status: "accepted" } satisfies z.infer<typeof acceptedOrder>);
      span.end();
      store.noteAccepted(order, new Date()).catch((error: unknown) => {
        // The order is on the queue, which is what counts; its status stays unknown until the worker's commit.
        log.debug({ confirmationId, traceId, err: error }, "status accepted not stored");
      });
    } catch (error) {
      if (!(error instanceof OrderRejectedError)) {
        span.end(error);
        throw error;
      }
      const { reason, problem, cause } = error;
      metrics.rejected(reason);
      if (problem.status >= 500) log.warn({ confirmationId, traceId, reason, err: cause }, "order rejected");
      span.end(problem.status >= 500 ? error : undefined);
      sendProblem(response, problem);
    }
  };
}

/** @throws {OrderRejectedError} when there is no order in the request. */
async function readOrder(request: IncomingMessage): Promise<OrderMessage & { readonly key: string | undefined }> {
  const key = idempotencyKey.optional().safeParse(request.headers["idempotency-key"]);
  if (!key.success) {
    const detail = violationsOf(key.error)
      .map(({ message }) => message)
      .join("; ");
    throw new OrderRejectedError("malformed", problemOf("malformed-idempotency-key", { detail }));
  }
  const order = orderRequest.safeParse(await readJson(request));
  if (!order.success) {
    throw new OrderRejectedError("malformed", problemOf("malformed-order", { violations: violationsOf(order.error) }));
  }
  const confirmationId = key.data === undefined ? randomUUID() : confirmationIdOf(key.data);
  return { key: key.data, confirmationId, ...order.data };
}

/** Resolves when the broker has the order. @throws {OrderRejectedError} when it is not to have it, or cannot. */
async function handOver(ports: OrderPorts, span: Span, order: OrderMessage, keyed: boolean): Promise<void> {
  const { validation, publisher } = ports;
  const { confirmationId, customerName, productId, amount } = order;
  try {
    const validating = span.child("validate order", "client");
    const rejection = await traced(validating, validation.validate({ customerName, productId, amount }));
    if (rejection !== undefined) throw new OrderRejectedError("not_allowed", rejection);
    if (keyed && !(await isFirstOrSame(ports, span, order))) {
      throw new OrderRejectedError("key_reused", problemOf("idempotency-key-reused"));
    }
    const publishing = span.child("publish order", "producer", { "messaging.message.id": confirmationId });
    await traced(publishing, publisher.publish(order, publishing.traceparent));
  } catch (error) {
    if (error instanceof ValidatorUnavailableError) {
      throw new OrderRejectedError("validator_unavailable", problemOf("validator-unavailable"), error);
    }
    if (error instanceof TooLargeToQueueError) {
      throw new OrderRejectedError(
        "too_large_to_queue",
        problemOf("too-large-to-queue", { detail: error.message }),
        error,
      );
    }
    if (error instanceof BrokerUnavailableError) {
      const detail =
        "The order may have been queued all the same: repeat it with the same Idempotency-Key, and it is done once.";
      throw new OrderRejectedError("broker_unavailable", problemOf("broker-unavailable", { detail }), error);
    }
    throw error;
  }
}

/** Ends the span with the operation. */
async function traced<Result>(span: Span, operation: Promise<Result>): Promise<Result> {
  try {
    const result = await operation;
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Whether the key is free or belongs to this order. Assumed while Redis is unavailable, or its absence would stop intake. */
async function isFirstOrSame({ store, log }: OrderPorts, { traceId }: Span, order: OrderMessage): Promise<boolean> {
  const { confirmationId } = order;
  const tooLate = new AbortController();
  const unchecked = (error: unknown): true => {
    log.debug({ confirmationId, traceId, err: error }, "Idempotency-Key not checked");
    return true;
  };
  try {
    return await Promise.race([
      store.claim(order).catch(unchecked),
      delay(CLAIM_TIMEOUT_MS, true, { signal: tooLate.signal }),
    ]);
  } finally {
    tooLate.abort();
  }
}

/** `GET /api/v1/orders/{confirmationId}`, the path with the most requests: it goes round Express's own answer helpers. */
export function createGetOrder(ports: OrderPorts): (request: Request, response: Response) => Promise<void> {
  const { store, tracing, log } = ports;

  return async (request, response) => {
    const parsed = confirmationIdSchema.safeParse(request.params.confirmationId);
    if (!parsed.success) {
      sendProblem(response, problemOf("malformed-confirmation-id", { detail: "want a UUID" }));
      return;
    }
    const confirmationId = parsed.data;
    const span = tracing.start(
      `GET ${ORDER_ROUTE}`,
      "server",
      traceparentOf(request),
      routeAttributes("GET", ORDER_ROUTE),
    );
    try {
      const order = await store.find(confirmationId);
      if (order === undefined) sendProblem(response, problemOf("unknown-order", { detail: confirmationId }));
      else sendJson(response, { confirmationId, ...order });
      span.end();
    } catch (error) {
      span.end(error);
      if (!(error instanceof StoreUnavailableError)) throw error;
      log.debug({ confirmationId, traceId: span.traceId, err: error }, "order status unavailable");
      sendProblem(response, problemOf("status-unavailable"));
    }
  };
}

function sendJson(response: Response, body: object): void {
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.end(JSON.stringify(body));
}

function traceparentOf(request: IncomingMessage): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === "string" ? traceparent : undefined;
}

function routeAttributes(method: string, route: string): Record<string, string> {
  return { "http.request.method": method, "http.route": route };
}
