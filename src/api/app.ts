import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { RecordRequest } from "./metrics.ts";
import { createGetOrder, createPlaceOrder, ORDER_ROUTE, ORDERS_ROUTE, type OrderPorts } from "./orders.ts";
import { openApiDocument } from "./openApi.ts";
import { problemOf, sendProblem } from "./problems.ts";

/** The API's routes. Every answer that is not a success is problem details. */
export function createApp(ports: OrderPorts & { readonly draining: () => boolean }): Express {
  const { metrics, log, draining } = ports;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // No route has a query.
  app.set("query parser", false);

  /** Made when somebody asks for it first: a start need not wait for it. */
  let openApi: string | undefined;
  const recordOther = metrics.requestRecorder("other", "any");

  app.use((_request, response, next) => {
    // Who stays connected to a pod that leaves would lose the connection under its next request.
    if (draining()) response.setHeader("connection", "close");
    next();
  });
  app
    .route("/api/v1/orders")
    .post(timed(metrics.requestRecorder(ORDERS_ROUTE, "POST")), createPlaceOrder(ports))
    .all(timed(recordOther), onlyMethod("POST"));
  app
    .route("/api/v1/orders/:confirmationId")
    .get(timed(metrics.requestRecorder(ORDER_ROUTE, "GET")), createGetOrder(ports))
    .all(timed(recordOther), onlyMethod("GET"));
  app
    .route("/openapi.json")
    .get(timed(metrics.requestRecorder("/openapi.json", "GET")), (_request, response) => {
      response.setHeader("content-type", "application/json; charset=utf-8");
      openApi ??= JSON.stringify(openApiDocument());
      response.end(openApi);
    })
    .all(timed(recordOther), onlyMethod("GET"));
  app.use(timed(recordOther), (request, response) => {
    sendProblem(response, problemOf("not-found", { detail: request.path }));
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) {
      response.destroy();
    } else if (error instanceof URIError) {
      sendProblem(response, problemOf("malformed-request", { detail: "the path is not well encoded" }));
    } else {
      log.error({ err: error, method: request.method }, "request failed");
      // Whatever it is, it is ours and stays private.
      sendProblem(response, problemOf("internal"));
    }
  });
  return app;
}

/** Records the request when its answer has been handed over. */
function timed(record: RecordRequest) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    response.once("finish", () => {
      record(response.statusCode, (performance.now() - started) / 1_000);
    });
    next();
  };
}

function onlyMethod(method: string) {
  return (request: Request, response: Response): void => {
    response.setHeader("allow", method);
    sendProblem(response, problemOf("method-not-allowed", { detail: `${request.method}, want ${method}` }));
  };
}
