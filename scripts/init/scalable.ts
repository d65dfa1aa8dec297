import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { autoscalersOf, type ScaledObject } from "../../loadtest/observe/discovery.ts";
import { autoscalerState } from "../../loadtest/observe/hpa.ts";
import { scaledObjectState } from "../../loadtest/observe/scaledObject.ts";
import type { AutoscalerName, Found, InitFinding } from "./found.ts";
import { type ServicePort, servicePortFor } from "./servicePort.ts";
import { type Signal, signalsOfHpa, signalsOfScaledObject } from "./signal.ts";
import { uniqueName } from "./uniqueName.ts";

/** A Deployment or StatefulSet that one autoscaler scales. */
export interface Scalable {
  /** Its name in the file. */
  name: string;
  kind: "Deployment" | "StatefulSet";
  object: string;
  autoscaler: AutoscalerName;
  idleReplicas: number;
  minReplicas: number;
  maxReplicas: number;
  /** Of its HPA; null where KEDA has not made one. */
  windows: { scaleUpSeconds: number; scaleDownSeconds: number } | null;
  /** Null where no ScaledObject scales it. */
  keda: { pollingIntervalSeconds: number; cooldownSeconds: number } | null;
  /** At least one. */
  signals: readonly Signal[];
  /** Where requests to its pods go; null where no Service selects them. */
  service: ServicePort | null;
}

interface Target {
  kind: string;
  object: string;
}

/** What scales in a namespace, by name, and what is wrong with it. */
export function scalablesIn(found: Found): { scalables: Scalable[]; findings: InitFinding[] } {
  const findings: InitFinding[] = [];
  const scalables: Scalable[] = [];
  const taken = new Set<string>();
  for (const target of targetsIn(found)) {
    const made = scalableOf(target, found);
    findings.push(...made.findings);
    if (made.scalable !== undefined) {
      scalables.push({ ...made.scalable, name: uniqueName(target.object, [target.kind], taken) });
    }
  }
  if (found.services === undefined) {
    findings.push({ id: "services-unreadable", params: { namespace: found.namespace } });
  }
  return { scalables, findings };
}

/** What autoscalers name in scaleTargetRef, each once. */
function targetsIn({ autoscalers, scaledObjects }: Found): Target[] {
  const refs = [
    ...autoscalers.filter((autoscaler) => !isKedas(autoscaler)).map(({ spec }) => spec.scaleTargetRef),
    ...scaledObjects.flatMap(({ spec }) => spec.scaleTargetRef ?? []),
  ];
  const targets = new Map(
    refs.map(({ kind = "Deployment", name }) => [`${name}/${kind}`, { kind, object: name }] as const),
  );
  return [...targets].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, target]) => target);
}

function scalableOf(
  { kind, object }: Target,
  found: Found,
): { scalable?: Omit<Scalable, "name">; findings: InitFinding[] } {
  if (kind !== "Deployment" && kind !== "StatefulSet") {
    return {
      findings: namingAny(found, kind, object).map((autoscaler) => ({
        id: "target-kind-unsupported",
        params: { autoscaler, kind, object },
      })),
    };
  }
  const naming = autoscalersOf(found, { kind, object });
  const names = [...naming.autoscalers.map(nameOfHpa), ...naming.scaledObjects.map(nameOfScaledObject)];
  const live = (kind === "Deployment" ? found.deployments : found.statefulSets).find(
    ({ metadata }) => metadata?.name === object,
  );
  if (live === undefined) {
    return {
      findings: names.map((autoscaler) => ({ id: "target-missing", params: { autoscaler, kind, object } })),
    };
  }
  if (names.length > 1) {
    return { findings: [{ id: "several-autoscalers", params: { kind, object, autoscalers: names } }] };
  }
  const service = servicePortFor(found.services ?? [], live.spec?.template.metadata?.labels ?? {});
  const [autoscaler] = naming.autoscalers;
  const [scaledObject] = naming.scaledObjects;
  const scaling =
    scaledObject !== undefined
      ? scalingOfScaledObject(scaledObject, found.autoscalers)
      : autoscaler !== undefined
        ? scalingOfHpa(autoscaler)
        : undefined;
  if (scaling === undefined) return { findings: [] };
  const { findings, ...rest } = scaling;
  if (rest.signals.length === 0) {
    return { findings: [...findings, { id: "no-triggers", params: { autoscaler: rest.autoscaler } }] };
  }
  const { idleReplicas: idle, maxReplicas: max } = rest;
  if (max <= idle) {
    findings.push({ id: "max-not-above-idle", params: { autoscaler: rest.autoscaler, max, idle } });
  }
  return { scalable: { kind, object, service, ...rest }, findings };
}

type Scaling = Omit<Scalable, "name" | "kind" | "object" | "service"> & { findings: InitFinding[] };

function scalingOfHpa(autoscaler: V2HorizontalPodAutoscaler): Scaling {
  const { min, max } = autoscalerState(autoscaler);
  return {
    autoscaler: nameOfHpa(autoscaler),
    ...{ idleReplicas: min, minReplicas: min, maxReplicas: max },
    windows: windowsOf(autoscaler),
    keda: null,
    signals: signalsOfHpa(autoscaler),
    findings: [],
  };
}

function scalingOfScaledObject(scaledObject: ScaledObject, autoscalers: readonly V2HorizontalPodAutoscaler[]): Scaling {
  const state = scaledObjectState(scaledObject);
  const { name, minReplicas, maxReplicas, idleReplicas, pollingIntervalSeconds, cooldownSeconds } = state;
  const own = autoscalers.find((autoscaler) => isKedas(autoscaler, name));
  const ready = state.conditions.Ready;
  const findings: InitFinding[] = [];
  if (state.pausedBy.length > 0) findings.push({ id: "paused", params: { name, annotations: state.pausedBy } });
  if (ready?.status === "False") findings.push({ id: "not-ready", params: { name, message: ready.message } });
  return {
    autoscaler: nameOfScaledObject(scaledObject),
    ...{ idleReplicas: idleReplicas ?? minReplicas, minReplicas, maxReplicas },
    windows: own === undefined ? null : windowsOf(own),
    keda: { pollingIntervalSeconds, cooldownSeconds },
    signals: signalsOfScaledObject(state, scaledObject.status?.externalMetricNames ?? []),
    findings,
  };
}

function windowsOf(autoscaler: V2HorizontalPodAutoscaler): Scalable["windows"] {
  const { scaleUp, scaleDown } = autoscalerState(autoscaler);
  return { scaleUpSeconds: scaleUp.stabilizationSeconds, scaleDownSeconds: scaleDown.stabilizationSeconds };
}

/** Whether a ScaledObject made it: any, or the one of this name. */
function isKedas({ metadata }: V2HorizontalPodAutoscaler, name?: string): boolean {
  return (metadata?.ownerReferences ?? []).some(
    (owner) => owner.kind === "ScaledObject" && (name === undefined || owner.name === name),
  );
}

function namingAny({ autoscalers, scaledObjects }: Found, kind: string, object: string): AutoscalerName[] {
  const names = (ref: { kind?: string | undefined; name: string } | undefined): boolean =>
    ref?.kind === kind && ref.name === object;
  return [
    ...autoscalers.filter((one) => !isKedas(one) && names(one.spec.scaleTargetRef)).map(nameOfHpa),
    ...scaledObjects.filter(({ spec }) => names(spec.scaleTargetRef)).map(nameOfScaledObject),
  ];
}

function nameOfHpa({ metadata }: V2HorizontalPodAutoscaler): AutoscalerName {
  return { kind: "HorizontalPodAutoscaler", name: metadata?.name ?? "" };
}

function nameOfScaledObject({ metadata }: ScaledObject): AutoscalerName {
  return { kind: "ScaledObject", name: metadata.name };
}
