import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { dialService } from "../../../../scripts/cluster/dialService.ts";
import { startFakeApiServer, type Answer, type FakeApiServer } from "../../loadtest/fakeApiServer.ts";

const NAMED = { namespace: "orders-dev", service: "api", port: 80 };
const SERVICE_PATH = "/api/v1/namespaces/orders-dev/services/api";

let api: FakeApiServer | undefined;
let listener: Server;
let listening: number;

beforeAll(async () => {
  listener = createServer((socket) => socket.destroy());
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  listening = (listener.address() as AddressInfo).port;
});
afterAll(() => {
  listener.close();
});
afterEach(() => api?.close());

/** A Service of port 80, with what the test says of it, and a ready pod behind it. */
function service(spec: object, ingress: object[] = [], createdAt = new Date(0)): Answer {
  return {
    metadata: { name: "api", creationTimestamp: createdAt.toISOString() },
    spec: { ports: [{ port: 80, targetPort: 8080, ...spec }], selector: { service: "api" }, type: "LoadBalancer" },
    status: { loadBalancer: { ingress } },
  };
}

const POD = {
  metadata: { name: "api-1" },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};
const node = (...addresses: string[]): object => ({
  status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
});

async function dialled(answers: Readonly<Record<string, Answer | (() => Answer)>>): Promise<object> {
  api = await startFakeApiServer({ "/api/v1/namespaces/orders-dev/pods": { items: [POD] }, ...answers });
  const endpoint = await dialService(api.kubeConfig, NAMED);
  await endpoint.close();
  const { host, port, isForwarded = false } = endpoint;
  return isForwarded ? { isForwarded } : { host, port };
}

// Port 1 of loopback refuses, as the address of a network does that this machine has no route to.
const nobody = { nodePort: 1 };

test("a node's address and the Service's node port are taken where they answer", async () => {
  const answers = {
    [SERVICE_PATH]: service({ nodePort: listening }),
    "/api/v1/nodes": { items: [node("127.0.0.2", "127.0.0.1")] },
  };
  expect(await dialled(answers)).toEqual({ host: "127.0.0.1", port: listening });
});

test("the load balancer's address goes before a node's", async () => {
  api = await startFakeApiServer({
    [SERVICE_PATH]: {
      ...service({ port: listening, nodePort: listening }, [{ ip: "127.0.0.1" }]),
    },
    "/api/v1/nodes": { items: [node("127.0.0.3")] },
  });
  const endpoint = await dialService(api.kubeConfig, { ...NAMED, port: listening });
  expect(endpoint).toMatchObject({ host: "127.0.0.1", port: listening });
});

test("a Service that has just been made is waited for, until its load balancer has an address", async () => {
  let reads = 0;
  const answers = {
    [SERVICE_PATH]: () => service({ nodePort: listening }, reads++ < 1 ? [] : [{ ip: "127.0.0.9" }], new Date()),
    "/api/v1/nodes": { items: [node("127.0.0.1")] },
  };
  expect(await dialled(answers)).toEqual({ host: "127.0.0.1", port: listening });
  expect(reads).toBe(2);
});

test.each([
  ["nobody answers there", { "/api/v1/nodes": { items: [node("127.0.0.1")] } }],
  ["the nodes may not be read", { "/api/v1/nodes": { code: 403, message: "nodes is forbidden" } }],
])("a pod is reached by port-forward where %s", async (_title, answers) => {
  expect(await dialled({ [SERVICE_PATH]: service(nobody), ...answers })).toEqual({ isForwarded: true });
});
