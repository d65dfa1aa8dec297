import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { problem, type Problem } from "../shared/problem.ts";
import type { RecordRequest } from "./metrics.ts";
import { lookUpOrder, placeOrder, type OrderPorts } from "./orders.ts";
import { sendProblem } from "./problemAnswer.ts";

const BODY_LIMIT_BYTES = 16 * 1024;

/** The API's routes. Every answer that is not a success is problem details. */
export function createApp(ports: OrderPorts & { readonly draining: () => boolean }): Express {
  const { metrics, log, draining } = ports;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // No route has a query.
  app.set("query parser", false);

  const parseBody = express.json({ limit: BODY_LIMIT_BYTES, inflate: false, type: () => true });
  const recordOther = metrics.requestRecorder("other", "any");

  app.use((_request, response, next) => {
    // Who stays connected to a pod that leaves would lose the connection under its next request.
    if (draining()) response.setHeader("connection", "close");
    next();
  });
  app
    .route("/api/v1/orders")
    .post(
      timed(metrics.requestRecorder("/api/v1/orders", "POST")),
      requireJson,
      parseBody,
      (request: Request, response: Response) => placeOrder(ports, request, response),
    )
    .all(timed(recordOther), onlyMethod("POST"));
  app
    .route("/api/v1/orders/:confirmationId")
    .get(
      timed(metrics.requestRecorder("/api/v1/orders/{confirmationId}", "GET")),
      (request: Request, response: Response) => lookUpOrder(ports, request, response),
    )
    .all(timed(recordOther), onlyMethod("GET"));
  app.use(timed(recordOther), (request, response) => {
    sendProblem(response, problem(404, "not-found", "Not found", { detail: request.path }));
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const known = problemOf(error);
    if (known.status >= 500) log.error({ err: error, method: request.method, path: request.path }, "request failed");
    else if (request.method === "POST") metrics.rejected("malformed");
    if (response.headersSent) response.destroy();
    else sendProblem(response, known);
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

function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const contentType = request.headers["content-type"];
  if (contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json") next();
  else next(new UnsupportedMediaTypeError(contentType));
}

class UnsupportedMediaTypeError extends Error {
  override readonly name = "UnsupportedMediaTypeError";
  readonly status = 415;

  constructor(contentType: string | undefined) {
    super(`content type is ${contentType ?? "not given"}, want application/json`);
  }
}

function onlyMethod(method: string) {
  return (request: Request, response: Response): void => {
    response.setHeader("allow", method);
    sendProblem(
      response,
      problem(405, "method-not-allowed", "Method not allowed", { detail: `${request.method}, want ${method}` }),
    );
  };
}

/** Express's and the body parser's errors carry their status; anything else is ours and stays private. */
function problemOf(error: unknown): Problem {
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  const detail = error instanceof Error ? error.message : "";
  switch (status) {
    case 400:
      return problem(400, "malformed-request", "The request cannot be read", { detail });
    case 413:
      return problem(413, "too-large", "The body is too large", { detail: `want at most ${BODY_LIMIT_BYTES} bytes` });
    case 415:
      return problem(415, "unsupported-media-type", "The body's type is not supported", { detail });
    default:
      return problem(500, "internal", "Something went wrong here");
  }
}
