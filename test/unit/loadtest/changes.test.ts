import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { changeLive, place } from "../../../loadtest/engine/patchField.ts";

const SCALED_OBJECT = {
  spec: {
    maxReplicaCount: 8,
    triggers: [
      { type: "cron", metadata: { timezone: "UTC" } },
      { type: "azure-servicebus", metadata: { queueName: "orders", activationMessageCount: "0" } },
    ],
  },
};

test.each([
  ["workerMaximum", SCALED_OBJECT, 1, { path: "/spec/maxReplicaCount", was: 8, value: 1 }],
  [
    "activationMessages",
    SCALED_OBJECT,
    20,
    { path: "/spec/triggers/1/metadata/activationMessageCount", was: "0", value: "20" },
  ],
  [
    "apiCpuTarget",
    {
      spec: {
        metrics: [
          { containerResource: { name: "memory", target: { averageUtilization: 80 } } },
          { containerResource: { name: "cpu", target: { averageUtilization: 60 } } },
        ],
      },
    },
    10_000,
    { path: "/spec/metrics/1/containerResource/target/averageUtilization", was: 60, value: 10_000 },
  ],
] as const)("%s stands in its place", (field, object, to, expected) => {
  expect(place(field, object, to)).toEqual(expected);
});

test("what is not there is said", () => {
  expect(() => place("activationMessages", { spec: { triggers: [] } }, 20)).toThrow(
    "no trigger of type azure-servicebus",
  );
  expect(() => place("apiCpuTarget", { spec: { metrics: [] } }, 20)).toThrow("no target for CPU");
});

describe("a change to a live object", () => {
  let server: Server;
  let patches: { url: string; type: string; body: unknown }[];
  let refusing: boolean;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        if (request.method === "PATCH") {
          const type = request.headers["content-type"] ?? "";
          patches.push({ url: request.url ?? "", type, body: JSON.parse(body) as unknown });
        }
        response.writeHead(refusing ? 403 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(refusing ? { kind: "Status", code: 403 } : SCALED_OBJECT));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  beforeEach(() => {
    patches = [];
    refusing = false;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    const cluster = { name: "fake", server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: "nobody" });
    return config;
  }

  test("is one JSON patch, and so is its undoing, once", async () => {
    const change = await changeLive(kubeConfig(), "orders-dev", "workerMaximum", 1);
    await change.undo();
    await change.undo();
    const url = "/apis/keda.sh/v1alpha1/namespaces/orders-dev/scaledobjects/worker";
    const type = "application/json-patch+json";
    expect(patches).toEqual([
      { url, type, body: [{ op: "replace", path: "/spec/maxReplicaCount", value: 1 }] },
      { url, type, body: [{ op: "replace", path: "/spec/maxReplicaCount", value: 8 }] },
    ]);
    expect(change.revertCommand).toBe(
      `kubectl patch scaledobject worker -n orders-dev --type=json -p '[{"op":"replace","path":"/spec/maxReplicaCount","value":8}]'`,
    );
  });

  test("that is refused is an error with the object's name, and leaves nobody behind who waits for the end", async () => {
    refusing = true;
    const listeners = process.listenerCount("exit");
    await expect(changeLive(kubeConfig(), "orders-dev", "workerMaximum", 1)).rejects.toThrow();
    expect(process.listenerCount("exit")).toBe(listeners);
  });
});
