import type { KubernetesObject } from "@kubernetes/client-node";
import type { Container } from "../../loadtest/simulator/clusterView.ts";
import { quantityMilli } from "../../loadtest/simulator/quantity.ts";
import { CliError } from "../process/cliError.ts";
import type { PlanNote } from "./notes.ts";

/** An autoscaler as its manifest has it. */
export interface RawAutoscaler {
  readonly kind: "ScaledObject" | "HorizontalPodAutoscaler";
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Undefined where its manifest names none. */
  readonly namespace?: string;
}

/** A Deployment or StatefulSet with what scales it, not yet parsed: only what has a load must be understood. */
export interface ScaledWorkload {
  /** As the person calls it. */
  readonly name: string;
  readonly kind: string;
  readonly object: string;
  readonly autoscaler: RawAutoscaler;
  readonly containers: readonly LimitedContainer[];
  readonly graceSeconds: number;
}

export interface LimitedContainer extends Container {
  /** Undefined where it has none. */
  readonly cpuLimitMilli?: number;
}

interface Template {
  spec?: {
    terminationGracePeriodSeconds?: number;
    containers?: ManifestContainer[];
    initContainers?: (ManifestContainer & { restartPolicy?: string })[];
  };
}

type Quantities = Readonly<Record<string, string | number>>;

interface ManifestContainer {
  name: string;
  resources?: { requests?: Quantities; limits?: Quantities };
}

interface ScaleTarget {
  kind?: string;
  name?: string;
}

/** Kinds that change replicas, pods or nodes, and that no forecast knows. */
const NOT_MODELLED = ["ScaledJob", "VerticalPodAutoscaler", "NodePool", "Provisioner", "ResourceQuota", "LimitRange"];
const DEFAULT_GRACE_SECONDS = 30;

export type Objects = readonly (KubernetesObject & { spec?: unknown })[];

/** Every workload that an autoscaler names, and what is there that no forecast knows. @throws {CliError} where two autoscalers name one. */
export function scaledWorkloads(objects: Objects): { workloads: ScaledWorkload[]; notes: PlanNote[] } {
  const notes: PlanNote[] = objects
    .filter(({ kind = "" }) => NOT_MODELLED.includes(kind))
    .map(({ kind = "", metadata }) => ({ id: "kind-not-modelled", params: { kind, name: metadata?.name ?? "" } }));
  const autoscalers = objects.filter(
    ({ kind, metadata }) =>
      kind === "ScaledObject" ||
      (kind === "HorizontalPodAutoscaler" &&
        metadata?.ownerReferences?.some((one) => one.kind === "ScaledObject") !== true),
  );
  const workloads = objects
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
    .flatMap((object): ScaledWorkload[] => {
      const { kind = "", metadata } = object;
      const name = metadata?.name ?? "";
      const namesIt = autoscalers.filter((one) => {
        const ref = (one.spec as { scaleTargetRef?: ScaleTarget } | undefined)?.scaleTargetRef;
        return (
          ref?.name === name && (ref.kind ?? "Deployment") === kind && one.metadata?.namespace === metadata?.namespace
        );
      });
      const [first, second] = namesIt;
      if (first === undefined) return [];
      if (second !== undefined) {
        const titles = namesIt.map((one) => `${one.kind ?? ""} ${one.metadata?.name ?? ""}`).join(" and ");
        throw new CliError(`${titles} both scale ${kind} ${name}`, "let one of them scale it");
      }
      return [{ name, kind, object: name, autoscaler: rawAutoscaler(first), ...podOf(object) }];
    });
  return { workloads, notes };
}

function rawAutoscaler({ kind, metadata, spec }: Objects[number]): RawAutoscaler {
  return {
    kind: kind === "ScaledObject" ? "ScaledObject" : "HorizontalPodAutoscaler",
    name: metadata?.name ?? "",
    spec: (spec ?? {}) as Record<string, unknown>,
    annotations: metadata?.annotations ?? {},
    ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
}

function podOf({ spec }: Objects[number]): Pick<ScaledWorkload, "containers" | "graceSeconds"> {
  const pod = (spec as { template?: Template } | undefined)?.template?.spec;
  // A sidecar is an init container that goes on: an HPA may name it as any other.
  const sidecars = (pod?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return {
    containers: [...(pod?.containers ?? []), ...sidecars].map(containerOf),
    graceSeconds: pod?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
  };
}

function containerOf({ name, resources: { limits, requests } = {} }: ManifestContainer): LimitedContainer {
  const { cpu } = milliOf(limits);
  // The API server takes limits where there is no request.
  return { name, requests: milliOf({ ...limits, ...requests }), ...(cpu === undefined ? {} : { cpuLimitMilli: cpu }) };
}

/** By resource, without those that are no quantity. */
function milliOf(quantities: Quantities = {}): Record<string, number> {
  return Object.fromEntries(
    Object.entries(quantities).flatMap(([resource, quantity]) => {
      const milli = quantityMilli(String(quantity));
      return milli === null ? [] : [[resource, milli]];
    }),
  );
}
