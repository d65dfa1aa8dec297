import { Counter, Registry } from "prom-client";
import type { Listener } from "../../../src/shared/listener.ts";
import { listenOperations } from "../../../src/shared/operations.ts";

let notReady: string | undefined;
let operations: Listener;

beforeEach(async () => {
  notReady = undefined;
  const registry = new Registry();
  new Counter({ name: "seen_total", help: "Seen.", registers: [registry] }).inc(3);
  operations = await listenOperations({ port: 0, registry, notReadyBecause: () => notReady });
});

afterEach(() => operations.close());

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${operations.port}${path}`);
  return { status: response.status, text: await response.text() };
}

test("/livez answers 200 whether ready or not", async () => {
  notReady = "draining";
  expect((await get("/livez")).status).toBe(200);
});

test("/readyz answers 503 with the reason while there is one", async () => {
  expect((await get("/readyz")).status).toBe(200);
  notReady = "the validator does not answer";
  expect(await get("/readyz?verbose")).toEqual({ status: 503, text: "the validator does not answer\n" });
});

test("/metrics answers with the registry's metrics", async () => {
  expect((await get("/metrics")).text).toContain("seen_total 3");
});

test("any other path is answered 404", async () => {
  expect((await get("/")).status).toBe(404);
});
