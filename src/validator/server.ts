import { createServer, type IncomingMessage } from "node:http";
import { Counter, Histogram, type Registry } from "prom-client";
import { listen, type Listener } from "../shared/listener.ts";
import { problem, PROBLEM_CONTENT_TYPE } from "../shared/problem.ts";
import type { Rules } from "./rules.ts";
import { judge, type Verdict } from "./validation.ts";

/** Orders are far smaller: the API takes 16 kB at most. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The validator's listener for the API in the same pod: `POST /validate`, and `GET /readyz` for its readiness.
 * On loopback only, since it trusts whoever asks. Plain `node:http`: with one route a framework would be most of the cost.
 * @throws when the port is taken.
 */
export function listenValidator(options: { port: number; rules: Rules; registry: Registry }): Promise<Listener> {
  const validations = new Counter({
    name: "order_validations_total",
    help: "Orders judged, by verdict.",
    labelNames: ["verdict"],
    registers: [options.registry],
  });
  const counters = {
    valid: validations.labels({ verdict: "valid" }),
    invalid: validations.labels({ verdict: "invalid" }),
  };
  const duration = new Histogram({
    name: "order_validation_duration_seconds",
    help: "Time from an order's last byte to its verdict.",
    buckets: [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05],
    registers: [options.registry],
  });

  async function answer(request: IncomingMessage): Promise<Verdict> {
    if (request.method === "GET" && request.url === "/readyz") return { valid: true };
    if (request.method !== "POST" || request.url !== "/validate") {
      return problem(404, "not-found", "Not found", { detail: "here is POST /validate" });
    }
    const body = await readBody(request);
    const started = performance.now();
    const verdict = judge(options.rules, body);
    duration.observe((performance.now() - started) / 1_000);
    counters["valid" in verdict ? "valid" : "invalid"].inc();
    return verdict;
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (verdict) => {
        const [status, type] = "valid" in verdict ? [200, "application/json"] : [verdict.status, PROBLEM_CONTENT_TYPE];
        response.writeHead(status, { "content-type": type }).end(JSON.stringify(verdict));
      },
      // The body broke off or never ends: nobody is left to answer, or nobody that the API would send.
      () => response.destroy(),
    );
  });
  // Idle connections are the API's to close: a server that closes them first loses a request now and then.
  server.keepAliveTimeout = 0;
  return listen(server, options.port, "127.0.0.1");
}

/** @throws when the body is over {@link MAX_BODY_BYTES} or breaks off. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new RangeError(`a body over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
