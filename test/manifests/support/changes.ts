import { renderedFindings } from "../../../scripts/diagnosis/rendered.ts";
import { broken, container, existing, ofKind, workload, type Manifest } from "../../../scripts/manifests/manifest.ts";
import { render } from "../../support/render.ts";

let rendered: Manifest[] | undefined;
/** Rendered at its first use: who only changes objects needs no renderer. */
const dev = (): Manifest[] => (rendered ??= render("kustomize/overlays/dev"));

export type Change = (copy: Manifest[]) => unknown;

export const scaledObject = (copy: readonly Manifest[]) =>
  existing(ofKind(copy, "ScaledObject")[0], "ScaledObject").spec;
export const trigger = (copy: readonly Manifest[]) => existing(scaledObject(copy).triggers[0], "trigger");
export const hpa = (copy: readonly Manifest[]) =>
  existing(ofKind(copy, "HorizontalPodAutoscaler")[0], "HorizontalPodAutoscaler");
export const metrics = (copy: readonly Manifest[]) => hpa(copy).spec.metrics;
export const resources = (copy: readonly Manifest[], name: string, given: object) =>
  Object.assign(container(workload(copy, name), name), { resources: given });

export function limitRange(type: string, defaultRequest: Record<string, string>): Manifest {
  const limits = [{ type, defaultRequest }];
  return {
    ...{ apiVersion: "v1", kind: "LimitRange", metadata: { name: "requests", namespace: "orders-dev" } },
    spec: { limits },
  };
}

/** Every object, and what names the namespace in them. */
export function moveTo(copy: Manifest[], namespace: string): void {
  const moved = JSON.parse(JSON.stringify(copy).replaceAll("orders-dev", namespace)) as Manifest[];
  copy.splice(0, copy.length, ...moved);
}

export function addTrigger(copy: Manifest[], given: object): void {
  scaledObject(copy).triggers.push({ type: "cpu", metricType: "Utilization", metadata: { value: "10" }, ...given });
}

export function without(copy: Manifest[], name: string, kinds: readonly string[]): void {
  const kept = copy.filter(({ kind, metadata }) => metadata.name !== name || !kinds.includes(kind));
  copy.splice(0, copy.length, ...kept);
}

export function averageValue(copy: readonly Manifest[], ofContainer: string): void {
  const target = { type: "AverageValue", averageValue: "500m" };
  const containerResource = { container: ofContainer, name: "cpu", target };
  metrics(copy).splice(0, 1, { type: "ContainerResource", containerResource });
}

export function found(change: Change): string[] {
  return renderedFindings(broken(dev(), change)).map(({ severity, id }) => `${severity} ${id}`);
}

export function behavior(copy: readonly Manifest[]): object {
  return existing(scaledObject(copy).advanced?.horizontalPodAutoscalerConfig?.behavior, "behavior");
}

export function configure(copy: readonly Manifest[], data: Record<string, string>): void {
  const map = copy.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith("worker-"));
  Object.assign(existing(map?.data, "ConfigMap of the worker"), data);
}

export function vertical(spec: object): Manifest {
  return {
    ...{ apiVersion: "autoscaling.k8s.io/v1", kind: "VerticalPodAutoscaler", metadata: { name: "api" } },
    spec: { targetRef: { kind: "Deployment", name: "api" }, ...spec },
  };
}
