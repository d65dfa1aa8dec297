import { busKeyFaults } from "../../../loadtest/targets/orders/serviceBus/busKeys.ts";
import { type FakeApiServer, startFakeApiServer } from "./fakeApiServer.ts";

const BUS = "servicebus-emulator";
const KEYS = [
  { name: "api", key: "api one", secondaryKey: "api two", rights: ["Send"] },
  { name: "loadtest", key: "loadtest one", secondaryKey: "loadtest two", rights: ["Send", "Manage"] },
];
const connectionOf = (key: string): string =>
  `Endpoint=sb://bus;SharedAccessKeyName=api;SharedAccessKey=${key};Use=true`;

const encoded = (text: string): string => Buffer.from(text).toString("base64");
const decoded = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString();

let secrets: Record<string, Record<string, string>>;
let pokes: number;
let server: FakeApiServer;

beforeEach(async () => {
  secrets = {
    [`${BUS}-keys`]: { "keys.json": encoded(JSON.stringify(KEYS)) },
    "servicebus-api": { connection: encoded(connectionOf("api one")), secondary: encoded(connectionOf("api two")) },
    "servicebus-loadtest": { connection: encoded(connectionOf("loadtest one")) },
  };
  pokes = 0;
  const at = "/api/v1/namespaces/orders-dev";
  server = await startFakeApiServer({
    ...Object.fromEntries(
      Object.keys(secrets).map((name) => [
        `${at}/secrets/${name}`,
        (body: unknown) => {
          Object.assign(secrets[name] ?? {}, (body as { data?: Record<string, string> } | undefined)?.data);
          return { data: secrets[name] };
        },
      ]),
    ),
    [`${at}/pods/${BUS}-0`]: () => {
      pokes++;
      return { kind: "Pod" };
    },
    [`${at}/pods/${BUS}-0/log`]: { log: '{"level":30,"msg":"the keys have changed"}' },
  });
});
afterEach(() => server.close());

const keys = (): typeof KEYS => JSON.parse(decoded(secrets[`${BUS}-keys`]?.["keys.json"])) as typeof KEYS;

test("regenerated keys are given to the bus and to their holders, but for that of the proof; secondary ones stay", async () => {
  await busKeyFaults(server.kubeConfig, "orders-dev").inject("bus-keys-regenerated");
  const [api, loadtest] = keys();
  expect(api?.key).not.toBe("api one");
  expect(api?.secondaryKey).toBe("api two");
  expect(loadtest).toEqual(KEYS[1]);
  expect(decoded(secrets["servicebus-api"]?.connection)).toBe(connectionOf(api?.key ?? ""));
  expect(decoded(secrets["servicebus-api"]?.secondary)).toBe(connectionOf("api two"));
  expect(pokes).toBe(1);
});

test("short-lived tokens are reverted to what they say, and once only", async () => {
  const faults = busKeyFaults(server.kubeConfig, "orders-dev");
  await faults.inject("bus-tokens-short-lived");
  expect(keys()).toEqual(KEYS.map((key) => ({ ...key, maxTokenSeconds: 10 })));
  await faults.revert("bus-tokens-short-lived");
  await faults.revert("bus-tokens-short-lived");
  expect(keys()).toEqual(KEYS);
  expect(pokes).toBe(2);
});

test("a holder that a killed proof left with another key gets that of the bus", async () => {
  secrets["servicebus-api"] = { connection: encoded(connectionOf("long gone")) };
  await busKeyFaults(server.kubeConfig, "orders-dev").revert("bus-keys-regenerated");
  expect(decoded(secrets["servicebus-api"].connection)).toBe(connectionOf("api one"));
  expect(pokes).toBe(0);
});

test("a fault that nobody knows is refused", async () => {
  await expect(busKeyFaults(server.kubeConfig, "orders-dev").inject("nothing")).rejects.toThrow("has no fault nothing");
});
