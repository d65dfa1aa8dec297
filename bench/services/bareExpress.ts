import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Request, type Response } from "express";

/**
 * What Express alone can do, with the API's routes: a POST that parses the JSON of its body and a GET that answers in the event loop's next
 * turn. No rules, no queue, no Redis, no metrics, no log. Its argument says when a POST is answered: `at-once`, or `together`, every 2 ms, as
 * if it had waited for a broker. Prints a line like the API's when it listens.
 */
const TOGETHER_MS = 2;
const together = process.argv[2] === "together";

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.set("query parser", false);

let waiting: (() => void)[] = [];
function answerTogether(): void {
  const answers = waiting;
  waiting = [];
  for (const answer of answers) answer();
}

app.post("/api/v1/orders", (request: Request, response: Response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const answer = (): void => {
      const confirmationId = randomUUID();
      response.statusCode = 202;
      response.setHeader("location", `/api/v1/orders/${confirmationId}`);
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.end(JSON.stringify({ confirmationId, status: "accepted" }));
    };
    if (!together) answer();
    else if (waiting.push(answer) === 1) setTimeout(answerTogether, TOGETHER_MS);
  });
});

app.get("/api/v1/orders/:confirmationId", (request: Request, response: Response) => {
  setImmediate(() => {
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(
      JSON.stringify({
        confirmationId: request.params.confirmationId,
        customerName: "Customer 1",
        productId: "widget",
        amount: 1,
        status: "accepted",
        acceptedAt: "2026-01-01T00:00:00.000Z",
      }),
    );
  });
});

const server = createServer(app).listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ msg: "started", port: (server.address() as AddressInfo).port })}\n`);
});
