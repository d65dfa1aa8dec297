import { CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";
import type { ExternalMetricValue } from "../model/observed.ts";
import { parseQuantity } from "./hpa.ts";
import { present, until } from "./request.ts";
import type { Source } from "./sampler.ts";

/** KEDA answers each question by asking the metric's own source: not more often than this. */
const EVERY_MS = 5000;

const valueList = z.object({ items: z.array(z.object({ value: z.string() })) });

/** A ScaledObject and its metrics, as external.metrics.k8s.io knows them. */
export interface ExternalMetricNames {
  scaledObject: string;
  names: readonly string[];
}

/**
 * The external metrics of a ScaledObject, as the HPA gets them; needs the verb `list` on external.metrics.k8s.io. Between two questions the last answer stands.
 * @param namesNow what is to be read now; undefined where it is not known, or nothing scales the workload by one.
 */
export function externalMetricsSource(
  kubeConfig: KubeConfig,
  namespace: string,
  namesNow: () => ExternalMetricNames | undefined,
): Source<ExternalMetricValue[]> {
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  let last: { atMs: number; answer: Promise<ExternalMetricValue[] | undefined> } | undefined;

  async function read({ scaledObject, names }: ExternalMetricNames, signal: AbortSignal) {
    const values = await Promise.all(
      names.map((name) =>
        present(`external metric ${name} in ${namespace}`, async (aborted) => {
          const found: unknown = await custom.listNamespacedCustomObject(
            {
              group: "external.metrics.k8s.io",
              version: "v1beta1",
              namespace,
              plural: name,
              labelSelector: `scaledobject.keda.sh/name=${scaledObject}`,
            },
            until(aborted),
          );
          const value = parseQuantity(valueList.parse(found).items[0]?.value ?? "");
          return value === null ? undefined : { name, value };
        })(signal),
      ),
    );
    return values.filter((value) => value !== undefined);
  }

  return async (signal) => {
    const names = namesNow();
    if (names === undefined || names.names.length === 0) return undefined;
    if (last === undefined || performance.now() - last.atMs >= EVERY_MS) {
      last = { atMs: performance.now(), answer: read(names, signal) };
    }
    return last.answer;
  };
}
