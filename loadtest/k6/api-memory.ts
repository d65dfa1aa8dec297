/*
 * Holds large bodies in flight: each request comes at once but for its last byte, which follows when the request has been held for a while. While
 * it is held, its body stands in the API's memory, and costs no CPU. The body is valid JSON and no order, so none is accepted: the
 * answer is 400, and the queue stays empty.
 *
 *   API_URL=http://ADDRESS node_modules/.bin/node loadtest/k6/api-memory.ts
 *
 * A program of Node's and no k6 script: k6 cannot send a body slowly.
 *
 * Environment
 *   API_URL              where the API answers, without a path; required
 *   HELD_REQUESTS        held at a time, default in profiles.ts
 *   HOLD_SECONDS         how long each is held; the API gives a request 10 s, default in profiles.ts
 *   RAMP_SECONDS         over which they come, evenly, default in profiles.ts
 *   LOAD_SECONDS         how long they are held in all, default in profiles.ts
 *   SUMMARY_FILE         where the counts go, in the shape of k6's --summary-export; without it they are printed
 *
 * Exit code 0; 99 where a request failed, which is any answer but 400; 108 where the target is down. As k6.
 */
import { writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { type HeldRequests, holdsOf, positiveInteger, sizesOf } from "./lib/profiles.ts";

const THRESHOLDS_FAILED = 99;
const ABORTED = 108;
/** How long an answer may take when the last byte was sent. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Of the API: of the whole head, and of the body. What is left of both is for the names of fields. */
const HEADER_BYTES = 15 * 1024;
const BODY_BYTES = 16 * 1024;

const apiUrl = new URL(process.env.API_URL ?? fail("API_URL is not set; it has to be where the API answers"));
const { held: declared } = sizesOf.smoke;
const held: HeldRequests = {
  atATime: positiveInteger("HELD_REQUESTS", process.env.HELD_REQUESTS, declared.atATime),
  holdSeconds: positiveInteger("HOLD_SECONDS", process.env.HOLD_SECONDS, declared.holdSeconds),
  rampSeconds: positiveInteger("RAMP_SECONDS", process.env.RAMP_SECONDS, declared.rampSeconds),
  seconds: positiveInteger("LOAD_SECONDS", process.env.LOAD_SECONDS, declared.seconds),
};

const body = Buffer.from(JSON.stringify({ note: "x".repeat(BODY_BYTES - '{"note":""}'.length) }));
const head = Buffer.from(
  [
    "POST /api/v1/orders HTTP/1.1",
    `Host: ${apiUrl.host}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    `X-Padding: ${"x".repeat(HEADER_BYTES)}`,
    "\r\n",
  ].join("\r\n"),
);
const first = Buffer.concat([head, body.subarray(0, -1)]);
const last = body.subarray(-1);

const latenciesMs: number[] = [];
const failures = new Map<string, number>();
let requests = 0;
let failed = 0;

/** One request, held; resolves when it was answered or went wrong. */
async function holdOne(socket: Socket): Promise<boolean> {
  requests += 1;
  socket.write(first);
  // Answered before its last byte, or closed: rejected for another reason than its content.
  const early = await within(answerOf(socket), 1000 * held.holdSeconds);
  if (early !== undefined) return failedWith(`answered before its end: ${early}`);
  const sentMs = performance.now();
  socket.write(last);
  const answer = await within(answerOf(socket), ANSWER_TIMEOUT_MS);
  latenciesMs.push(performance.now() - sentMs);
  return answer?.startsWith("HTTP/1.1 400 ") === true || failedWith(answer ?? "no answer");
}

function failedWith(what: string): false {
  failed += 1;
  failures.set(what, (failures.get(what) ?? 0) + 1);
  return false;
}

/** The status line of what comes next, or what became of the connection. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const done = (what: string): void => {
      socket.off("data", onData).off("close", onClose).off("error", onError);
      resolve(what);
    };
    const onData = (chunk: Buffer): void => {
      done(chunk.toString("latin1").split("\r\n", 1)[0] ?? "");
    };
    const onClose = (): void => {
      done("the connection was closed");
    };
    const onError = (error: Error): void => {
      done(error.message);
    };
    socket.once("data", onData).once("close", onClose).once("error", onError);
  });
}

/** Holds its requests one after the other, each when it is due or the one before has ended, on one connection for as long as that stands. */
async function hold(holder: number): Promise<void> {
  let socket: Socket | undefined;
  for (const dueSeconds of holdsOf(holder, held)) {
    await delay(Math.max(0, startMs + 1000 * dueSeconds - performance.now()));
    socket = socket === undefined || socket.destroyed ? await connect() : socket;
    if (socket === undefined) {
      requests += 1;
      failedWith(`cannot connect to ${apiUrl.host}`);
    } else if (!(await holdOne(socket))) socket.destroy();
  }
  socket?.destroy();
}

function connect(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: apiUrl.hostname, port: Number(apiUrl.port || 80), noDelay: true });
    socket.once("connect", () => {
      resolve(socket);
    });
    // Later errors must not end the process either: `answerOf` gets them.
    socket.on("error", () => {
      resolve(undefined);
    });
  });
}

/** Undefined where it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, ms, undefined)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    // Or the process would outlive its load by as much.
    clearTimeout(timer);
  }
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}

function fail(why: string): never {
  console.error(why);
  process.exit(ABORTED);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

const probe = await connect();
if (probe === undefined) fail(`nothing answers at ${apiUrl.href}`);
probe.destroy();

const startMs = performance.now();
await Promise.all(Array.from({ length: held.atATime }, (_, holder) => hold(holder)));

latenciesMs.sort((a, b) => a - b);
const summary = {
  metrics: {
    http_reqs: { count: requests },
    http_req_failed: { passes: failed, fails: requests - failed },
    iterations: { count: requests },
    http_req_duration: {
      "p(50)": percentile(latenciesMs, 0.5),
      "p(95)": percentile(latenciesMs, 0.95),
      "p(99)": percentile(latenciesMs, 0.99),
      max: latenciesMs.at(-1) ?? 0,
    },
  },
};
for (const [what, times] of failures) console.error(`${times} times: ${what}`);
if (process.env.SUMMARY_FILE) writeFileSync(process.env.SUMMARY_FILE, JSON.stringify(summary));
else console.log(JSON.stringify(summary, null, 2));
process.exitCode = failed === 0 ? 0 : THRESHOLDS_FAILED;
