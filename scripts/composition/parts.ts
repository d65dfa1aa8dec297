import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { KEDA_DEFAULTS } from "../../loadtest/model/kedaDefaults.ts";

const labels = z.record(z.string(), z.string());
const metadata = z.object({ name: z.string(), namespace: z.string().optional(), labels: labels.default({}) });
const container = z.object({
  name: z.string(),
  restartPolicy: z.string().optional(),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.int() })).default([]),
});
const workload = z.object({
  kind: z.enum(["Deployment", "StatefulSet"]),
  metadata,
  spec: z.object({
    replicas: z.int().optional(),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({ initContainers: z.array(container).default([]), containers: z.array(container) }),
    }),
    volumeClaimTemplates: z.array(z.unknown()).default([]),
  }),
});
const service = z.object({
  kind: z.literal("Service"),
  metadata,
  spec: z.object({
    type: z.string().default("ClusterIP"),
    selector: labels.default({}),
    ports: z.array(z.object({ port: z.int(), targetPort: z.union([z.int(), z.string()]) })),
  }),
});
const scaleTarget = z.object({ kind: z.string().default("Deployment"), name: z.string() });
const horizontal = z.object({
  kind: z.literal("HorizontalPodAutoscaler"),
  metadata,
  spec: z.object({
    scaleTargetRef: scaleTarget,
    minReplicas: z.int().default(1),
    maxReplicas: z.int(),
    metrics: z.array(z.object({ containerResource: z.object({ container: z.string(), name: z.string() }).optional() })),
  }),
});
const scaled = z.object({
  kind: z.literal("ScaledObject"),
  metadata,
  spec: z.object({
    scaleTargetRef: scaleTarget,
    minReplicaCount: z.int().default(KEDA_DEFAULTS.minReplicaCount),
    maxReplicaCount: z.int().default(KEDA_DEFAULTS.maxReplicaCount),
    triggers: z.array(z.object({ type: z.string(), metadata: labels })),
  }),
});
const policy = z.object({
  kind: z.literal("NetworkPolicy"),
  metadata,
  spec: z.object({
    podSelector: z.object({ matchLabels: labels.default({}) }),
    egress: z
      .array(
        z.object({
          to: z
            .array(
              z.object({
                podSelector: z.object({ matchLabels: labels.default({}) }).optional(),
                namespaceSelector: z.unknown().optional(),
              }),
            )
            .default([]),
          ports: z.array(z.object({ port: z.union([z.int(), z.string()]).optional() })).default([]),
        }),
      )
      .default([]),
  }),
});
const namespaceObject = z.object({ kind: z.literal("Namespace"), metadata });

export type Workload = z.infer<typeof workload>;
export type Service = z.infer<typeof service>;
type Horizontal = z.infer<typeof horizontal>;
type Scaled = z.infer<typeof scaled>;

/** Who may dial whom within the namespace, by the names of their workloads. */
export interface Flow {
  from: string;
  to: string;
  ports: string[];
}

/** What a rendered overlay is composed of, as far as it is drawn. */
export interface Parts {
  namespace: string;
  workloads: Workload[];
  services: Service[];
  horizontals: Horizontal[];
  scaled: Scaled[];
  flows: Flow[];
}

/**
 * Reads the rendered objects of an overlay.
 * @throws {z.ZodError} when an object that is drawn is not of the form that Kubernetes gives it.
 */
export function partsOf(rendered: string): Parts {
  const objects = parseAllDocuments(rendered).map((document) => document.toJS() as unknown);
  const ofKind = <T>(schema: z.ZodType<T>, ...kinds: string[]): T[] =>
    objects
      .filter((object) => kinds.includes(z.object({ kind: z.string() }).parse(object).kind))
      .map((object) => schema.parse(object));
  const workloads = ofKind(workload, "Deployment", "StatefulSet");
  const selected = (selector: Record<string, string>): string[] =>
    workloads
      .filter(({ spec }) =>
        Object.entries(selector).every(([label, value]) => spec.template.metadata.labels[label] === value),
      )
      .map((one) => one.metadata.name);
  const flows = ofKind(policy, "NetworkPolicy").flatMap(({ spec }) =>
    selected(spec.podSelector.matchLabels).flatMap((from) =>
      spec.egress.flatMap(({ to, ports }) =>
        to
          .filter((peer) => peer.podSelector !== undefined && peer.namespaceSelector === undefined)
          .flatMap((peer) => selected(peer.podSelector?.matchLabels ?? {}))
          .map((name) => ({ from, to: name, ports: ports.map(({ port }) => String(port ?? "any")) })),
      ),
    ),
  );
  return {
    namespace: ofKind(namespaceObject, "Namespace")[0]?.metadata.name ?? "default",
    workloads,
    services: ofKind(service, "Service"),
    horizontals: ofKind(horizontal, "HorizontalPodAutoscaler"),
    scaled: ofKind(scaled, "ScaledObject"),
    flows,
  };
}
