import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { CoreV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import * as z from "zod";
import type { TargetFaults } from "../../../model/targetFault.ts";

const BUS = "servicebus-emulator";
const KEYS_SECRET = `${BUS}-keys`;
/** The proof itself reads the queue by the key `loadtest`, which stays. */
const ROTATED = ["api", "worker", "keda"] as const;
/** Far less than the hour for which a client asks. */
const TOKEN_SECONDS = 10;

/** How long the kubelet may take to bring a changed Secret into a pod. */
const TAKEN_TIMEOUT_MS = 90_000;
const TAKEN_LOOK_MS = 1_000;
/** What the bus logs then. */
const TAKEN = '"msg":"the keys have changed"';

const keyFile = z.array(z.looseObject({ name: z.string(), key: z.string(), maxTokenSeconds: z.number().optional() }));
type KeyFile = z.infer<typeof keyFile>;

/** `regenerated`: the primary keys of the services and of KEDA are other ones; `short-lived`: every token is taken for 10 s only. */
export type BusKeyFault = "bus-keys-regenerated" | "bus-tokens-short-lived";

const CHANGES: Readonly<Record<string, (keys: KeyFile) => KeyFile>> = {
  "bus-keys-regenerated": (keys) =>
    keys.map((key) =>
      ROTATED.some((name) => name === key.name) ? { ...key, key: randomBytes(32).toString("base64") } : key,
    ),
  "bus-tokens-short-lived": (keys) => keys.map((key) => ({ ...key, maxTokenSeconds: TOKEN_SECONDS })),
} satisfies Record<BusKeyFault, (keys: KeyFile) => KeyFile>;

/** Changes the keys of the development bus in its Secret, and in those of their holders, as a person does who regenerates keys of a namespace. */
export function busKeyFaults(kubeConfig: KubeConfig, namespace: string): TargetFaults {
  const core = kubeConfig.makeApiClient(CoreV1Api);

  async function read(name: string, key: string): Promise<string> {
    const { data } = await core.readNamespacedSecret({ name, namespace });
    const encoded = data?.[key];
    if (encoded === undefined) throw new Error(`Secret ${name} in ${namespace} has no ${key}`);
    return Buffer.from(encoded, "base64").toString();
  }

  async function write(name: string, key: string, text: string): Promise<void> {
    const body = { data: { [key]: Buffer.from(text).toString("base64") } };
    await core.patchNamespacedSecret({ name, namespace, body }, MERGE_PATCH);
  }

  async function change(to: (keys: KeyFile) => KeyFile): Promise<void> {
    const before = keyFile.parse(JSON.parse(await read(KEYS_SECRET, "keys.json")));
    const keys = to(before);
    if (!isDeepStrictEqual(keys, before)) {
      const writtenMs = Date.now();
      await write(KEYS_SECRET, "keys.json", JSON.stringify(keys));
      await untilTaken(writtenMs);
    }
    for (const { name, key } of keys.filter((one) => ROTATED.some((holder) => holder === one.name))) {
      const connection = await read(`servicebus-${name}`, "connection");
      const changed = connection.replace(/(SharedAccessKey=)[^;]*/, (_, field: string) => `${field}${key}`);
      if (changed !== connection) await write(`servicebus-${name}`, "connection", changed);
    }
  }

  /** The kubelet looks at a pod's Secrets once a minute, and at once where the pod itself has changed. */
  async function untilTaken(writtenMs: number): Promise<void> {
    const annotations = { "ownsignal/keys-changed-at": new Date().toISOString() };
    const pod = { name: `${BUS}-0`, namespace };
    await core.patchNamespacedPod({ ...pod, body: { metadata: { annotations } } }, MERGE_PATCH);
    for (;;) {
      const sinceSeconds = Math.ceil((Date.now() - writtenMs) / 1000) + 1;
      if ((await core.readNamespacedPodLog({ ...pod, sinceSeconds })).includes(TAKEN)) return;
      if (Date.now() > writtenMs + TAKEN_TIMEOUT_MS)
        throw new Error(`the bus has not taken its new keys within ${TAKEN_TIMEOUT_MS / 1000} s`);
      await sleep(TAKEN_LOOK_MS);
    }
  }

  return {
    inject: async (name) => {
      const to = CHANGES[name];
      if (to === undefined) throw new Error(`the orders system has no fault ${name}`);
      await change(to);
    },
    // Whatever was changed: tokens live as long as they say, and each holder has its primary key.
    revert: () => change((keys) => keys.map(({ maxTokenSeconds: _limit, ...key }) => key)),
  };
}

const MERGE_PATCH = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
