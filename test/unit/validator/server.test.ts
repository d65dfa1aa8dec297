import { Registry } from "prom-client";
import type { Listener } from "../../../src/shared/listener.ts";
import { DEFAULT_RULES } from "../../../src/validator/rules.ts";
import { listenValidator } from "../../../src/validator/server.ts";

const good = { customerName: "Ada", productId: "gizmo", amount: 10 };
const bad = { ...good, amount: 11 };

let server: Listener;
let registry: Registry;

beforeEach(async () => {
  registry = new Registry();
  server = await listenValidator({ port: 0, rules: DEFAULT_RULES, registry });
});

afterEach(() => server.close());

async function validate(body: unknown): Promise<{ status: number; type: string | null; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${server.port}/validate`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.json() };
}

test("one order gets one verdict", async () => {
  expect(await validate(good)).toEqual({ status: 200, type: "application/json", body: { valid: true } });
  expect(await validate(bad)).toMatchObject({
    status: 422,
    type: "application/problem+json",
    body: { status: 422, violations: [{ field: "amount" }] },
  });
});

test("an array of orders gets an array of verdicts, also for entries that are no orders", async () => {
  expect(await validate([good, bad, null, good])).toMatchObject({
    status: 200,
    body: [{ valid: true }, { violations: [{ field: "amount" }] }, { status: 422 }, { valid: true }],
  });
  expect(await validate([])).toMatchObject({ status: 200, body: [] });
  const metrics = await registry.metrics();
  expect(metrics).toContain('order_validations_total{verdict="valid"} 2');
  expect(metrics).toContain('order_validations_total{verdict="invalid"} 2');
});

test("invalid JSON, a large body and an unknown path are rejected with problem details", async () => {
  expect(await validate("{")).toMatchObject({ status: 400, body: { type: "urn:ownsignal:problem:malformed-request" } });
  expect(await validate("1".repeat(2 * 1024 * 1024 + 1))).toMatchObject({ status: 413 });
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404);
});
