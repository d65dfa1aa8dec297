import { environmentSource } from "../../../../loadtest/targets/declared/environment.ts";
import { startFakeApiServer } from "../fakeApiServer.ts";

const SECRET = "/api/v1/namespaces/shop/secrets/tokens";
let server: Awaited<ReturnType<typeof startFakeApiServer>>;
let dialled: string[];
let closed: number;
let said: string[];

beforeAll(async () => {
  server = await startFakeApiServer({ [SECRET]: { data: { key: Buffer.from("s3cret").toString("base64") } } });
});
afterAll(() => server.close());
beforeEach(() => {
  dialled = [];
  closed = 0;
  said = [];
});

const source = () =>
  environmentSource(server.kubeConfig, {
    namespace: "shop",
    log: (line) => void said.push(line),
    dial: (namespace, service, port) => {
      dialled.push(`${namespace}/${service}:${port}`);
      if (service === "gone") return Promise.reject(new Error("no ready pod"));
      const isForwarded = service === "inside";
      return Promise.resolve({ isForwarded, host: "10.0.0.7", port: port + 1, close: () => void (closed += 1) });
    },
  });
const address = (service: string, scheme: string | null = null, namespace: string | null = null) =>
  ({ kind: "service", address: { service, namespace, port: 80, scheme } }) as const;

test("addresses and secrets become values; a text stays out, and a Service is dialled once", async () => {
  const { resolve, close } = source();
  const values = await resolve({
    SIZE: { kind: "text", text: "5" },
    AT: address("web"),
    URL: address("web", "http"),
    OTHER: address("web", null, "other"),
    TOKEN: { kind: "secret", secret: "tokens", key: "key" },
  });
  expect(values).toEqual({
    AT: "10.0.0.7:81",
    URL: "http://10.0.0.7:81",
    OTHER: "10.0.0.7:81",
    TOKEN: "s3cret",
  });
  expect(dialled).toEqual(["shop/web:80", "other/web:80"]);
  await close();
  expect(closed).toBe(2);
});

test("a Service that is reached by a port-forward is told, once, with what serves a load better", async () => {
  const { resolve } = source();
  await resolve({ A: address("inside"), B: address("inside"), C: address("web") });
  expect(said).toEqual([expect.stringMatching(/^ {2}Service inside .*port-forward.*LoadBalancer/)]);
});

test.each([
  [{ X: address("gone") }, "Service gone in shop cannot be reached from here"],
  [{ X: { kind: "secret", secret: "none", key: "key" } as const }, "there is no Secret none in shop"],
  [
    { X: { kind: "secret", secret: "tokens", key: "other" } as const },
    "Secret tokens in shop has no key other; it has key",
  ],
])("%j: %s", async (environment, message) => {
  await expect(source().resolve(environment)).rejects.toThrow(message);
});
