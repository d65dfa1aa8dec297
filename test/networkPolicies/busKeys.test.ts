import { createHmac } from "node:crypto";
import { request } from "node:https";
import { ServiceBusClient } from "@azure/service-bus";
import type { V1Secret } from "@kubernetes/client-node";
import { embedded } from "../../scripts/cluster/embedded/embedded.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { DEV_NAMESPACE } from "../../scripts/process/paths.ts";
import type { Holder } from "../../scripts/setup/busKeys.ts";
import { parseConnectionString } from "../../loadtest/k6/lib/serviceBus.ts";

/** Who reaches the bus has to have a key for what is asked for: the keys of the cluster, as its holders have them, at the bus of the cluster. Nothing is changed. */

const BUS = "servicebus-emulator";
const QUEUE = "orders";
const MINUTE_SECONDS = 60;

interface Key {
  name: string;
  key: string;
}

let cluster: Cluster;
let address: string;
let hostName: string;
let authority: string;
const clients: ServiceBusClient[] = [];

async function secretOf(name: string): Promise<(key: string) => string> {
  const secret = JSON.parse(
    await cluster.kubectl(["-n", DEV_NAMESPACE, "get", "secret", name, "-o", "json"]),
  ) as V1Secret;
  return (key) => Buffer.from(secret.data?.[key] ?? "", "base64").toString();
}

async function keyOf(holder: Holder): Promise<Key> {
  const { keyName, key } = parseConnectionString((await secretOf(`servicebus-${holder}`))("connection"));
  return { name: keyName, key };
}

function tokenOf({ name, key }: Key, endsInSeconds: number): string {
  const resource = encodeURIComponent(`sb://${hostName}/${QUEUE}`.toLowerCase());
  const expiry = Math.floor(Date.now() / 1_000) + endsInSeconds;
  const signature = createHmac("sha256", key).update(`${resource}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`;
}

function amqp(access: string): ServiceBusClient {
  const client = new ServiceBusClient(`Endpoint=sb://${address};${access};UseDevelopmentEmulator=true`, {
    retryOptions: { maxRetries: 0, timeoutInMs: 10_000 },
  });
  clients.push(client);
  return client;
}

const byKey = ({ name, key }: Key): string => `SharedAccessKeyName=${name};SharedAccessKey=${key}`;
const peek = (client: ServiceBusClient) => client.createReceiver(QUEUE).peekMessages(1);
/** A batch that is not sent, so that the queue stays as it is: its link needs the right all the same. */
const openSender = (client: ServiceBusClient) => client.createSender(QUEUE).createMessageBatch();

/** The status of a request to the management API, or of a message that is sent over REST. */
function rest(method: "GET" | "POST", path: string, token: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: address, servername: hostName, ca: authority, agent: false, method, path };
    const headers = { host: hostName, ...(token === undefined ? {} : { authorization: token }) };
    request({ ...options, headers }, (response) => {
      response.resume().once("end", () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on("error", reject)
      .end();
  });
}

beforeAll(async () => {
  cluster = await embedded.attach();
  address = (await cluster.dialService(DEV_NAMESPACE, BUS, 443)).host;
  hostName = parseConnectionString((await secretOf("servicebus-loadtest"))("connection")).host;
  authority = (await secretOf(`${BUS}-tls`))("ca.crt");
});

afterAll(() => Promise.all(clients.map((client) => client.close())));

describe("over AMQP", () => {
  test("a key does what it is for", async () => {
    await openSender(amqp(byKey(await keyOf("api"))));
    await peek(amqp(byKey(await keyOf("worker"))));
    const token = tokenOf(await keyOf("worker"), MINUTE_SECONDS);
    await peek(amqp(`SharedAccessSignature=${token}`));
  });

  test.each([
    ["a key for sending does not receive", "api", peek],
    ["a key for receiving does not send", "worker", openSender],
  ] as const)("%s", async (_, holder, act) => {
    await expect(act(amqp(byKey(await keyOf(holder))))).rejects.toMatchObject({ code: "UnauthorizedAccess" });
  });

  test.each([
    ["a wrong key", (key: Key) => byKey({ ...key, key: "wrong" })],
    ["a name that nobody has", (key: Key) => byKey({ ...key, name: "nobody" })],
    ["an expired token", (key: Key) => `SharedAccessSignature=${tokenOf(key, -MINUTE_SECONDS)}`],
  ])("%s is refused", async (_, access) => {
    const client = amqp(access(await keyOf("worker")));
    await expect(peek(client)).rejects.toMatchObject({ code: "UnauthorizedAccess" });
  });
});

describe("over REST", () => {
  const MANAGE = `/${QUEUE}?api-version=2021-05`;
  const SEND = `/${QUEUE}/messages`;

  test("a key does what it is for", async () => {
    expect(await rest("GET", MANAGE, tokenOf(await keyOf("keda"), MINUTE_SECONDS))).toBe(200);
  });

  test.each([
    ["a key for sending does not manage", "api", "GET", MANAGE],
    ["a key for receiving does not manage", "worker", "GET", MANAGE],
    ["a key for receiving does not send", "worker", "POST", SEND],
  ] as const)("%s", async (_, holder, method, path) => {
    expect(await rest(method, path, tokenOf(await keyOf(holder), MINUTE_SECONDS))).toBe(401);
  });

  test.each([
    ["a wrong key", (key: Key) => tokenOf({ ...key, key: "wrong" }, MINUTE_SECONDS)],
    ["a name that nobody has", (key: Key) => tokenOf({ ...key, name: "nobody" }, MINUTE_SECONDS)],
    ["an expired token", (key: Key) => tokenOf(key, -MINUTE_SECONDS)],
    ["no token", () => undefined],
  ])("%s is refused", async (_, token) => {
    expect(await rest("GET", MANAGE, token(await keyOf("keda")))).toBe(401);
  });
});
