import { ApiException, CoreV1Api, type KubeConfig, type V1ConfigMap, type V1Secret } from "@kubernetes/client-node";
import type { Keda } from "../../../loadtest/observe/controllers.ts";
import { authoritySources, type ReadSource } from "./trust.ts";

/** A source as it was read, and when it was changed last, in milliseconds since 1970. */
export interface DatedSource extends ReadSource {
  changedMs: number;
}

/**
 * What KEDA's operator mounts as authorities.
 * @throws where one of them cannot be read: that is not absence.
 */
export async function readAuthoritySources(kubeConfig: KubeConfig, keda: Keda): Promise<DatedSource[]> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const { namespace } = keda;
  return Promise.all(
    authoritySources(keda.operator).sources.map(async ({ kind, name }) => {
      const read: Promise<V1ConfigMap | V1Secret> =
        kind === "ConfigMap"
          ? core.readNamespacedConfigMap({ namespace, name })
          : core.readNamespacedSecret({ namespace, name });
      const object = await read.catch((error: unknown) => {
        if (error instanceof ApiException && error.code === 404) return undefined;
        throw error;
      });
      const texts = Object.values(object?.data ?? {}).map((text) =>
        kind === "Secret" ? Buffer.from(text, "base64").toString() : text,
      );
      return { kind, name, texts: object === undefined ? undefined : texts, changedMs: changedMs(object) };
    }),
  );
}

/** The API server's note of when it began to track who manages an object that nobody was known to manage; not a change of the object. */
const FIRST_TRACKED = "before-first-apply";

/** When it was changed last, in milliseconds since 1970. */
export function changedMs(object: Pick<V1ConfigMap, "metadata"> | undefined): number {
  const changes = (object?.metadata?.managedFields ?? []).filter(({ manager }) => manager !== FIRST_TRACKED);
  const times = [object?.metadata?.creationTimestamp, ...changes.map(({ time }) => time)];
  return Math.max(...times.map((time) => time?.getTime() ?? 0));
}
