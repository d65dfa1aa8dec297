import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Registry } from "prom-client";
import { connectValidation, ValidatorUnavailableError, type Validation } from "../../../src/api/validation.ts";
import type { OrderRequest } from "../../../src/shared/order.ts";
import { DEFAULT_RULES } from "../../../src/validator/rules.ts";
import { listenValidator } from "../../../src/validator/server.ts";
import { eventually } from "../../support/eventually.ts";

const order = { customerName: "Ada", productId: "gizmo", amount: 10 };

let validatorIsUp: boolean;
let validation: Validation;

function connect(port: number): void {
  validation = connectValidation(`http://127.0.0.1:${port}`, (_dependency, up) => (validatorIsUp = up));
}

describe("with the validator", () => {
  let close: () => Promise<void>;

  beforeEach(async () => {
    const server = await listenValidator({ port: 0, rules: DEFAULT_RULES, registry: new Registry() });
    connect(server.port);
    close = async () => {
      validation.close();
      await server.close();
    };
  });

  afterEach(() => close());

  test("each order gets its own verdict", async () => {
    const [passes, tooMany, unknown] = await Promise.all([
      validation.validate(order),
      validation.validate({ ...order, amount: 11 }),
      validation.validate({ ...order, productId: "sprocket" }),
    ]);
    expect(passes).toBeUndefined();
    expect(tooMany).toMatchObject({ status: 422, violations: [{ field: "amount" }] });
    expect(unknown).toMatchObject({ status: 422, violations: [{ field: "productId" }] });
    expect(validatorIsUp).toBe(true);
  });

  test("its readiness is answered", async () => {
    expect(await validation.answers()).toBe(true);
    expect(validatorIsUp).toBe(true);
  });
});

describe("with a validator whose answers the test controls", () => {
  /** Calls that came, each with its orders and the means to answer. */
  interface Call {
    readonly orders: readonly OrderRequest[];
    answer(status: number, body: unknown): void;
  }
  let calls: Call[];
  let server: Server;

  beforeEach(async () => {
    calls = [];
    server = await serve((request, response) => void take(request, response));
  });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const orders = JSON.parse(await text(request)) as OrderRequest[];
    calls.push({ orders, answer: (status, body) => response.writeHead(status).end(JSON.stringify(body)) });
  }

  afterEach(() => {
    validation.close();
    server.closeAllConnections();
    server.close();
  });

  const amounts = (call: Call | undefined): number[] | undefined => call?.orders.map(({ amount }) => amount);
  const ask = (amount: number): Promise<unknown> =>
    validation.validate({ ...order, amount }).catch((error: unknown) => (error as Error).name);
  const allValid = (call: Call | undefined): void => {
    call?.answer(
      200,
      call.orders.map(() => ({ valid: true })),
    );
  };

  test("orders that come while a call is under way share the next call", async () => {
    const first = ask(1);
    await eventually("the first call", () => calls.length === 1);
    const rest = Promise.all([ask(2), ask(3), ask(4)]);
    allValid(calls[0]);
    await first;
    await eventually("the second call", () => calls.length === 2);
    allValid(calls[1]);
    expect(await rest).toEqual([undefined, undefined, undefined]);
    expect(calls.map(amounts)).toEqual([[1], [2, 3, 4]]);
  });

  test("a call that fails fails only its own orders", async () => {
    const first = ask(1);
    await eventually("the first call", () => calls.length === 1);
    const second = ask(2);
    calls[0]?.answer(500, {});
    expect(await first).toBe(ValidatorUnavailableError.name);
    await eventually("the second call", () => calls.length === 2);
    allValid(calls[1]);
    expect(await second).toBeUndefined();
  });

  test("a slow call does not delay other orders", async () => {
    let firstHasEnded = false;
    const first = ask(1).finally(() => (firstHasEnded = true));
    await eventually("the first call", () => calls.length === 1);
    const second = ask(2);
    await eventually("the second call", () => calls.length === 2);
    allValid(calls[1]);
    expect(await second).toBeUndefined();
    expect(firstHasEnded).toBe(false);
    expect(await first).toBe(ValidatorUnavailableError.name);
  });
});

describe("without a verdict", () => {
  let server: Server | undefined;

  afterEach(() => {
    validation.close();
    server?.closeAllConnections();
    server?.close();
  });

  test.each([
    ["an error", 500, "{}"],
    ["a rejection without violations", 200, '[{"type":"t","title":"t","status":422,"violations":[]}]'],
    ["a verdict too few", 200, "[]"],
    ["one too many", 200, '[{"valid":true},{"valid":true}]'],
    ["a verdict that is none", 200, '[{"valid":false}]'],
    ["what is no JSON", 200, "no"],
  ])("%s counts as unavailable", async (_what, status, body) => {
    server = await serve((_request, response) => {
      response.writeHead(status).end(body);
    });
    await expect(validation.validate(order)).rejects.toThrow(ValidatorUnavailableError);
    expect(validatorIsUp).toBe(false);
  });

  test("no answer counts as unavailable after 2 s", async () => {
    server = await serve(() => undefined);
    const started = performance.now();
    await expect(validation.validate(order)).rejects.toThrow(ValidatorUnavailableError);
    expect(performance.now() - started).toBeLessThan(2_500);
    expect(await validation.answers()).toBe(false);
  });

  test("an answer that breaks off, or never ends, counts as unavailable", async () => {
    server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 14 }).write('[{"valid":', () => response.destroy());
    });
    await expect(validation.validate(order)).rejects.toThrow(ValidatorUnavailableError);
    server.close();
    server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 16 }).write('[{"valid":');
    });
    await expect(validation.validate(order)).rejects.toThrow(ValidatorUnavailableError);
  });

  test("a refused connection counts as unavailable", async () => {
    server = await serve(() => undefined);
    server.close();
    await expect(validation.validate(order)).rejects.toThrow(ValidatorUnavailableError);
    expect(await validation.answers()).toBe(false);
  });
});

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  connect((server.address() as AddressInfo).port);
  return server;
}
