import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import type { Logger } from "../shared/logger.ts";
import { confirmationId as confirmationIdSchema, orderRequest } from "../shared/order.ts";
import { problem, violationsOf } from "../shared/problem.ts";
import type { ApiMetrics } from "./metrics.ts";
import { StoreAwayError, type OrderStore } from "./orderStore.ts";
import { sendProblem } from "./problemAnswer.ts";
import { BrokerAwayError, type Publisher } from "./publisher.ts";
import { ValidatorAwayError, type Validation } from "./validation.ts";

/** What the order routes stand on. */
export interface OrderPorts {
  readonly validation: Pick<Validation, "violations">;
  readonly publisher: Pick<Publisher, "publish">;
  readonly store: OrderStore;
  readonly metrics: ApiMetrics;
  readonly log: Logger;
}

/** `POST /api/v1/orders`: 202 only after the broker has stored the order. */
export async function placeOrder(ports: OrderPorts, request: Request, response: Response): Promise<void> {
  const { validation, publisher, store, metrics, log } = ports;
  const parsed = orderRequest.safeParse(request.body);
  if (!parsed.success) {
    metrics.rejected("malformed");
    const violations = violationsOf(parsed.error);
    sendProblem(response, problem(400, "malformed-order", "The body is not an order", { violations }));
    return;
  }

  const confirmationId = randomUUID();
  const order = { confirmationId, ...parsed.data };
  try {
    const violations = await validation.violations(parsed.data);
    if (violations.length > 0) {
      metrics.rejected("not_allowed");
      sendProblem(response, problem(422, "order-not-allowed", "The order is not allowed", { violations }));
      return;
    }
    await publisher.publish(order);
  } catch (error) {
    if (error instanceof ValidatorAwayError) {
      metrics.rejected("validator_away");
      log.warn({ confirmationId, err: error }, "order refused");
      sendUnavailable(response, "validator-away", "Orders cannot be validated now");
      return;
    }
    if (error instanceof BrokerAwayError) {
      metrics.rejected("broker_away");
      log.warn({ confirmationId, err: error }, "order refused");
      sendUnavailable(response, "broker-away", "Orders cannot be queued now");
      return;
    }
    throw error;
  }

  metrics.accepted.inc();
  log.info({ confirmationId }, "order accepted");
  response.status(202).location(`/api/v1/orders/${confirmationId}`).json({ confirmationId, status: "accepted" });
  store.noteAccepted(order, new Date()).catch((error: unknown) => {
    // The order is on the queue, which is what counts; its status stays unknown until the worker's commit.
    log.debug({ confirmationId, err: error }, "accepted is not noted in Redis");
  });
}

/** `GET /api/v1/orders/{confirmationId}`, the path with the most requests: it goes round Express's own answer helpers. */
export async function lookUpOrder(ports: OrderPorts, request: Request, response: Response): Promise<void> {
  const given = request.params.confirmationId;
  const parsed = confirmationIdSchema.safeParse(given);
  if (!parsed.success) {
    sendProblem(
      response,
      problem(400, "malformed-confirmation-id", "The confirmation id is not a UUID", {
        detail: `got ${JSON.stringify(given)}, want one such as 0b4d6b6e-6b1f-4b0a-9d0a-3f1f6c1c2a11`,
      }),
    );
    return;
  }
  const confirmationId = parsed.data;
  try {
    const order = await ports.store.find(confirmationId);
    if (order === undefined) {
      sendProblem(response, problem(404, "unknown-order", "There is no such order", { detail: confirmationId }));
      return;
    }
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(JSON.stringify({ confirmationId, ...order }));
  } catch (error) {
    if (!(error instanceof StoreAwayError)) throw error;
    ports.log.debug({ confirmationId, err: error }, "look-up refused");
    sendUnavailable(response, "status-away", "The status of orders cannot be read now");
  }
}

/** 503, and when to come again. */
function sendUnavailable(response: Response, name: string, title: string): void {
  response.setHeader("retry-after", "1");
  sendProblem(response, problem(503, name, title));
}
