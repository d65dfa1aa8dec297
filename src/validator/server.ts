import { createServer, type IncomingMessage } from "node:http";
import { Counter, Histogram, type Registry } from "prom-client";
import { BodyTooLargeError, readBody } from "../shared/body.ts";
import { listen, type Listener } from "../shared/listener.ts";
import { problem, PROBLEM_CONTENT_TYPE, type ProblemDetails } from "../shared/problemDetails.ts";
import type { Rules } from "./rules.ts";
import { validateOrder, type Verdict } from "./validation.ts";

/** The API sends up to 64 orders at once, each of 16 kB at most. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

type Answer = { readonly valid: true } | readonly Verdict[] | ProblemDetails;

/**
 * The validator's listener for the API in the same pod: `POST /validate`, and `GET /readyz` for its readiness.
 * One order is answered with its verdict, 200 or 422; an array of them with 200 and an array of verdicts in the same order.
 * On loopback only, since it trusts whoever asks. Plain `node:http`: with one route a framework would be most of the cost.
 * @throws when the port is taken.
 */
export function listenValidator(options: { port: number; rules: Rules; registry: Registry }): Promise<Listener> {
  const { rules, registry } = options;
  const validations = new Counter({
    name: "order_validations_total",
    help: "Orders validated, by verdict.",
    labelNames: ["verdict"],
    registers: [registry],
  });
  const counters = {
    valid: validations.labels({ verdict: "valid" }),
    invalid: validations.labels({ verdict: "invalid" }),
  };
  const duration = new Histogram({
    name: "order_validation_duration_seconds",
    help: "Time from a call's last byte to its verdicts; a call asks about one order or several.",
    buckets: [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05],
    registers: [registry],
  });

  function count(verdict: Verdict): Verdict {
    counters["valid" in verdict ? "valid" : "invalid"].inc();
    return verdict;
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (request.method === "GET" && request.url === "/readyz") return { valid: true };
    if (request.method !== "POST" || request.url !== "/validate") {
      return problem(404, "not-found", "Not found", { detail: "here is POST /validate" });
    }
    let given: unknown;
    try {
      given = JSON.parse(await readBody(request, MAX_BODY_BYTES));
    } catch (error) {
      if (error instanceof SyntaxError) return problem(400, "malformed-request", "The body is not JSON");
      if (error instanceof BodyTooLargeError) {
        return problem(413, "too-large", "The body is too large", { detail: error.message });
      }
      throw error;
    }
    const started = performance.now();
    const verdict = Array.isArray(given)
      ? given.map((order) => count(validateOrder(rules, order)))
      : count(validateOrder(rules, given));
    duration.observe((performance.now() - started) / 1_000);
    return verdict;
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => {
        const [status, type] = "status" in body ? [body.status, PROBLEM_CONTENT_TYPE] : [200, "application/json"];
        response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
      },
      // The body broke off: there is no client left to answer.
      () => response.destroy(),
    );
  });
  // Idle connections are the API's to close: a server that closes them first loses a request now and then.
  server.keepAliveTimeout = 0;
  return listen(server, options.port, "127.0.0.1");
}
