import type { Container, Workload } from "../manifests/manifest.ts";
import { selects, type Flow, type Parts } from "./parts.ts";

type Service = Parts["services"][number];

/**
 * The parts as a Mermaid flowchart: what scales, and what that talks to. What only observes (Prometheus and what it reads) is left out, since its
 * lines would go to everything.
 */
export function diagramOf(parts: Parts): string {
  const scales = parts.workloads.filter((workload) => scalingOf(parts, workload).autoscaler !== undefined);
  const names = new Set(scales.map(({ metadata }) => metadata.name));
  for (const { from, to } of parts.flows) if (names.has(from)) names.add(to);
  const drawn = parts.workloads.filter(({ metadata }) => names.has(metadata.name));
  const services = parts.services.filter(({ spec }) => drawn.some((workload) => selects(spec.selector, workload)));
  const external = services.filter(({ spec }) => spec.type === "LoadBalancer");
  return [
    "flowchart TB",
    ...(external.length === 0 ? [] : ["  client([client])"]),
    `  subgraph namespace["Namespace ${parts.namespace}"]`,
    ...drawn.flatMap((workload) => workloadLines(parts, workload)),
    ...services.map(serviceNode),
    "  end",
    ...external.map(
      ({ metadata, spec }) =>
        `  client -->|"${spec.ports.map(({ port }) => `:${port}`).join(", ")}"| svc_${id(metadata.name)}`,
    ),
    ...services.flatMap((service) => serviceEdges(service, drawn)),
    ...parts.flows
      .filter(({ from, to }) => names.has(from) && names.has(to))
      .map((flow) => flowEdge(flow, parts.services, drawn)),
    ...drawn.flatMap((workload) => autoscalerLines(parts, workload)),
    "",
  ].join("\n");
}

interface Scaling {
  replicas: string;
  /** Title and signal; undefined where the number is fixed. */
  autoscaler: { title: string; signal: string } | undefined;
}

function scalingOf({ horizontals, scaled }: Parts, { kind, metadata, spec }: Workload): Scaling {
  const isTarget = (target: { kind: string; name: string }): boolean =>
    target.kind === kind && target.name === metadata.name;
  const horizontal = horizontals.find((one) => isTarget(one.spec.scaleTargetRef));
  if (horizontal !== undefined) {
    const { minReplicas, maxReplicas, metrics } = horizontal.spec;
    const resources = metrics.flatMap(({ containerResource }) => containerResource ?? []);
    const containers = [...new Set(resources.map(({ container }) => container))];
    return {
      replicas: `${minReplicas}..${maxReplicas}`,
      autoscaler: {
        title: `HPA ${horizontal.metadata.name}`,
        signal: `${resources.map(({ name }) => name).join(", ")} of container ${containers.join(", ")}`,
      },
    };
  }
  const scaledObject = scaled.find((one) => isTarget(one.spec.scaleTargetRef));
  if (scaledObject !== undefined) {
    const { minReplicaCount, maxReplicaCount, triggers } = scaledObject.spec;
    return {
      replicas: `${minReplicaCount}..${maxReplicaCount}`,
      autoscaler: {
        title: `ScaledObject ${scaledObject.metadata.name}`,
        signal: triggers.map((trigger) => `length of queue ${trigger.metadata.queueName ?? trigger.type}`).join(", "),
      },
    };
  }
  return { replicas: String(spec.replicas ?? 1), autoscaler: undefined };
}

/** Deployment, ReplicaSet and pod, or StatefulSet and pod, with the pod's containers in it. */
function workloadLines(parts: Parts, workload: Workload): string[] {
  const { kind, metadata, spec } = workload;
  const name = id(metadata.name);
  const { initContainers = [], containers } = spec.template.spec;
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const before = initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always");
  const node = (container: Container, role: string): string => {
    const ports = (container.ports ?? []).map(({ containerPort }) => `:${containerPort}`).join(" ");
    return `      ${name}_${id(container.name)}["${role} ${container.name}${ports === "" ? "" : `<br/>${ports}`}"]`;
  };
  return [
    `    ${name}["${kind} ${metadata.name}"]`,
    ...(kind === "Deployment" ? [`    ${name}_rs["ReplicaSet ${metadata.name}-…"]`] : []),
    `    subgraph ${name}_pod["Pod ${metadata.name}-…, ${scalingOf(parts, workload).replicas}"]`,
    ...before.map((container) => node(container, "init container")),
    ...containers.map((container) => node(container, "container")),
    ...sidecars.map((container) => node(container, "sidecar")),
    "    end",
    kind === "Deployment" ? `    ${name} --> ${name}_rs --> ${name}_pod` : `    ${name} --> ${name}_pod`,
    ...((spec.volumeClaimTemplates ?? []).length === 0
      ? []
      : [`    ${name}_pod --- ${name}_volume[("volume of ${metadata.name}")]`]),
  ];
}

function serviceNode({ metadata, spec }: Service): string {
  return `    svc_${id(metadata.name)}(["Service ${metadata.name}<br/>${spec.type ?? "ClusterIP"} ${spec.ports.map(({ port }) => `:${port}`).join(" ")}"])`;
}

/** From a Service to the containers whose ports it stands for. */
function serviceEdges({ metadata, spec }: Service, workloads: readonly Workload[]): string[] {
  return workloads
    .filter((workload) => selects(spec.selector, workload))
    .flatMap((workload) =>
      spec.ports.map(({ port, targetPort }) => {
        const { initContainers = [], containers } = workload.spec.template.spec;
        const name = id(workload.metadata.name);
        for (const container of [...containers, ...initContainers]) {
          const target = container.ports?.find((one) => one.name === targetPort || one.containerPort === targetPort);
          if (target !== undefined) {
            return `  svc_${id(metadata.name)} -->|"${port} to ${target.containerPort}"| ${name}_${id(container.name)}`;
          }
        }
        return `  svc_${id(metadata.name)} -->|"${port} to ${targetPort}"| ${name}_pod`;
      }),
    );
}

/** A flow goes to the Service that stands before the pods, where there is one. */
function flowEdge({ from, to }: Flow, services: readonly Service[], workloads: readonly Workload[]): string {
  const target = workloads.find(({ metadata }) => metadata.name === to);
  const service = services.find(({ spec }) => target !== undefined && selects(spec.selector, target));
  return `  ${id(from)}_pod --> ${service === undefined ? `${id(to)}_pod` : `svc_${id(service.metadata.name)}`}`;
}

function autoscalerLines(parts: Parts, workload: Workload): string[] {
  const { autoscaler } = scalingOf(parts, workload);
  if (autoscaler === undefined) return [];
  const name = id(workload.metadata.name);
  return [`  ${name}_scaler{{"${autoscaler.title}"}} -.->|"${autoscaler.signal}"| ${name}`];
}

/** Mermaid takes no hyphens in the names of nodes. */
function id(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, "_");
}
