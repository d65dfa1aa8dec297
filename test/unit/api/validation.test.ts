import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { connectValidation, ValidatorAwayError, type Validation } from "../../../src/api/validation.ts";
import { DEFAULT_RULES } from "../../../src/validator/rules.ts";
import { listenValidator } from "../../../src/validator/server.ts";

const order = { customerName: "Ada", productId: "gizmo", amount: 10 };

describe("with the validator", () => {
  let validation: Validation;
  let close: () => Promise<void>;

  beforeEach(async () => {
    const server = await listenValidator({ port: 0, rules: DEFAULT_RULES, registry: new Registry() });
    validation = connectValidation(`http://127.0.0.1:${server.port}`);
    close = async () => {
      validation.close();
      await server.close();
    };
  });

  afterEach(() => close());

  test("orders pass or come back with what is wrong", async () => {
    expect(await validation.violations(order)).toEqual([]);
    expect(await validation.violations({ ...order, amount: 11 })).toMatchObject([{ field: "amount" }]);
  });

  test("it answers", async () => {
    expect(await validation.answers()).toBe(true);
  });
});

describe("without a verdict", () => {
  let server: Server | undefined;
  let validation: Validation;

  async function connectTo(listener: RequestListener): Promise<void> {
    server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    validation = connectValidation(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  afterEach(() => {
    validation.close();
    server?.closeAllConnections();
    server?.close();
  });

  test.each([
    ["an error", 500, "{}"],
    ["a refusal without violations", 422, '{"violations":[]}'],
    ["a refusal that is no JSON", 422, "no"],
  ])("%s counts as away", async (_what, status, body) => {
    await connectTo((_request, response) => {
      response.writeHead(status).end(body);
    });
    await expect(validation.violations(order)).rejects.toThrow(ValidatorAwayError);
  });

  test("silence counts as away after 2 s", async () => {
    await connectTo(() => undefined);
    const started = performance.now();
    await expect(validation.violations(order)).rejects.toThrow(ValidatorAwayError);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await validation.answers()).toBe(false);
  });

  test("nobody there counts as away", async () => {
    await connectTo(() => undefined);
    server?.close();
    await expect(validation.violations(order)).rejects.toThrow(ValidatorAwayError);
    expect(await validation.answers()).toBe(false);
  });
});
