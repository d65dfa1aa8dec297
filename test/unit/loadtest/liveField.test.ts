import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeLive, place, revertLeftField } from "../../../loadtest/engine/liveField.ts";
import { createUndoJournal, type UndoJournal } from "../../../loadtest/engine/undoJournal.ts";
import { locate } from "../../../loadtest/engine/fieldPath.ts";
import { workerVariable } from "../../../loadtest/targets/orders/faults/liveFields.ts";
import {
  apiCpuTarget,
  workerActivation,
  workerMaximum,
} from "../../../loadtest/targets/orders/scenarios/liveFields.ts";

const NAMESPACE = "orders-dev";

const SCALED_OBJECT = {
  spec: {
    maxReplicaCount: 8,
    triggers: [
      { type: "cron", metadata: { timezone: "UTC" } },
      { type: "azure-servicebus", metadata: { queueName: "orders", activationMessageCount: "0" } },
    ],
  },
};

const metrics = (kind: string) => ({
  spec: {
    metrics: [
      { [kind]: { name: "memory", target: { averageUtilization: 80 } } },
      { [kind]: { name: "cpu", target: { averageUtilization: 60 } } },
    ],
  },
});

test.each([
  ["the maximum", workerMaximum(NAMESPACE), SCALED_OBJECT, 1, { path: "/spec/maxReplicaCount", was: 8, value: 1 }],
  [
    "the activation threshold",
    workerActivation(NAMESPACE),
    SCALED_OBJECT,
    "20",
    { path: "/spec/triggers/1/metadata/activationMessageCount", was: "0", value: "20" },
  ],
  [
    "the CPU target of a container",
    apiCpuTarget(NAMESPACE),
    metrics("containerResource"),
    10_000,
    { path: "/spec/metrics/1/containerResource/target/averageUtilization", was: 60, value: 10_000 },
  ],
  [
    "a variable that the container has not",
    workerVariable("A", NAMESPACE),
    { spec: { template: { spec: { containers: [{ name: "worker", env: [{ name: "B", value: "1" }] }] } } } },
    "2",
    { path: "/spec/template/spec/containers/0/env/1", was: undefined, value: { name: "A", value: "2" } },
  ],
  [
    "a variable that it has",
    workerVariable("B", NAMESPACE),
    { spec: { template: { spec: { containers: [{ name: "worker", env: [{ name: "B", value: "1" }] }] } } } },
    "2",
    { path: "/spec/template/spec/containers/0/env/0/value", was: "1", value: "2" },
  ],
  [
    "the CPU target of a pod",
    apiCpuTarget(NAMESPACE),
    metrics("resource"),
    10_000,
    { path: "/spec/metrics/1/resource/target/averageUtilization", was: 60, value: 10_000 },
  ],
])("%s is found in its object", (_title, field, object, to, expected) => {
  expect(place(field, object, to)).toEqual(expected);
});

test("a field that is left out has a place where it is added", () => {
  expect(place(workerMaximum(NAMESPACE), { spec: {} }, 1)).toEqual({
    path: "/spec/maxReplicaCount",
    was: undefined,
    value: 1,
  });
});

test("a field without a place is named with its object", () => {
  expect(() => place(workerActivation(NAMESPACE), { spec: { triggers: [] } }, "20")).toThrow(
    "ScaledObject worker has no field spec.triggers[type=azure-servicebus].metadata.activationMessageCount",
  );
});

test.each([
  ['metadata.annotations["autoscaling.keda.sh/paused"]', "/metadata/annotations/autoscaling.keda.sh~1paused", "true"],
  ["spec.triggers[0].type", "/spec/triggers/0/type", "cron"],
])("the path %s", (path, pointer, value) => {
  const object = { ...SCALED_OBJECT, metadata: { annotations: { "autoscaling.keda.sh/paused": "true" } } };
  expect(locate(object, path)).toEqual({ pointer, value });
});

test.each(["", "spec..x", "spec.", "spec[x", "spec x"])("%j is no path", (path) => {
  expect(() => locate({ spec: { x: 1 } }, path)).toThrow(/path/);
});

describe("a change to a live object", () => {
  let server: Server;
  let patches: { url: string; type: string; body: unknown }[];
  let refusing: number | undefined;
  let folder: string;
  let journal: UndoJournal;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        if (request.method === "PATCH") {
          const type = request.headers["content-type"] ?? "";
          patches.push({ url: request.url ?? "", type, body: JSON.parse(body) as unknown });
        }
        response.writeHead(refusing ?? 200, { "content-type": "application/json" });
        response.end(JSON.stringify(refusing === undefined ? SCALED_OBJECT : { kind: "Status", code: refusing }));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  beforeEach(async () => {
    patches = [];
    refusing = undefined;
    folder = await mkdtemp(join(tmpdir(), "journal-"));
    journal = createUndoJournal(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

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
    const change = await changeLive(kubeConfig(), workerMaximum(NAMESPACE), 1, journal);
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
    refusing = 403;
    const listeners = process.listenerCount("exit");
    await expect(changeLive(kubeConfig(), workerMaximum(NAMESPACE), 1, journal)).rejects.toThrow();
    expect(process.listenerCount("exit")).toBe(listeners);
    expect(await readdir(folder)).toEqual([]);
  });

  test("is in the journal until it is reverted, and left only once its process has ended", async () => {
    const change = await changeLive(kubeConfig(), workerMaximum(NAMESPACE), 1, journal);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await journal.left()).toEqual([]);
    await change.undo();
    expect(await readdir(folder)).toEqual([]);
  });

  test("that a killed process left is found, and reverted only where it still is as it was left", async () => {
    const script = `
      import { createUndoJournal } from ${JSON.stringify(join(import.meta.dirname, "../../../loadtest/engine/undoJournal.ts"))};
      await createUndoJournal(${JSON.stringify(folder)}).record({
        what: "scaledobject worker",
        revertCommand: "kubectl patch",
        reversal: {
          kind: "patch",
          object: { kind: "ScaledObject", name: "worker", namespace: "orders-dev" },
          patches: [{ op: "test", path: "/spec/maxReplicaCount", value: 1 }, { op: "replace", path: "/spec/maxReplicaCount", value: 8 }],
        },
      });
      process.kill(process.pid, "SIGKILL");`;
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", script]);
    expect(signal).toBe("SIGKILL");

    const [left] = await journal.left();
    if (left?.reversal.kind !== "patch") throw new Error("nothing was left");
    expect(left.what).toBe("scaledobject worker");
    refusing = 422;
    expect(await revertLeftField(kubeConfig(), left.reversal)).toBe(false);
    refusing = 403;
    await expect(revertLeftField(kubeConfig(), left.reversal)).rejects.toThrow();
    refusing = undefined;
    expect(await revertLeftField(kubeConfig(), left.reversal)).toBe(true);
    expect(patches.at(-1)?.body).toEqual(left.reversal.patches);
    await left.forget();
    expect(await journal.left()).toEqual([]);
  });

  test("in a journal that cannot be read is an error that names the file", async () => {
    await writeFile(join(folder, "1.json"), "{");
    await expect(journal.left()).rejects.toThrow(join(folder, "1.json"));
  });
});
