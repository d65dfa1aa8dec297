/** Kubernetes objects as far as the tests read them. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Metadata & { name: string };
  spec?: unknown;
  data?: Record<string, string>;
  automountServiceAccountToken?: boolean;
  subjects?: { kind: string; name: string; namespace?: string }[];
}

export interface Metadata {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export type Labels = Record<string, string>;
export type Of<Spec> = Manifest & { spec: Spec };

export interface WorkloadSpec {
  replicas?: number;
  selector: { matchLabels: Labels };
  strategy?: { rollingUpdate?: { maxUnavailable?: number | string } };
  serviceName?: string;
  template: { metadata: Metadata; spec: PodSpec };
  volumeClaimTemplates?: { metadata: Metadata & { name: string }; spec: Record<string, unknown> }[];
}
export type Workload = Of<WorkloadSpec>;

export interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  topologySpreadConstraints?: {
    topologyKey: string;
    labelSelector: { matchLabels: Labels };
  }[];
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: SecurityContext;
  initContainers?: Container[];
  containers: Container[];
  volumes?: Volume[];
}

export interface SecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seccompProfile?: { type: string };
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  readOnlyRootFilesystem?: boolean;
  capabilities?: { drop?: string[]; add?: string[] };
}

export type Volume = {
  name: string;
  configMap?: { name: string };
  secret?: { secretName: string };
  csi?: { volumeAttributes?: { secretProviderClass?: string } };
} & Record<string, unknown>;

interface HttpProbe {
  httpGet?: { path: string; port: string | number };
  timeoutSeconds?: number;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  restartPolicy?: string;
  workingDir?: string;
  args?: string[];
  env?: {
    name: string;
    value?: string;
    valueFrom?: {
      configMapKeyRef?: { name: string; key: string };
      secretKeyRef?: { name: string; key: string };
    };
  }[];
  envFrom?: { configMapRef: { name: string } }[];
  ports?: { name?: string; containerPort: number; hostPort?: number }[];
  resources?: { requests?: Labels; limits?: Labels };
  startupProbe?: HttpProbe;
  readinessProbe?: HttpProbe;
  livenessProbe?: HttpProbe;
  volumeMounts?: { name: string; mountPath: string }[];
  securityContext?: SecurityContext;
}

interface ScaleTarget {
  kind: string;
  name: string;
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Whom a rule of a NetworkPolicy means, and where; what is left out means all. */
export interface NetworkPolicyPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

export interface NetworkPolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

export interface NetworkPolicySpec {
  podSelector: Selector;
  policyTypes?: string[];
  ingress?: { from?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
  egress?: { to?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
}

/** The specs of the kinds that tests look into. */
export interface Specs {
  Deployment: WorkloadSpec;
  StatefulSet: WorkloadSpec;
  Service: { type?: string; selector: Labels; ports: { name: string; port: number; targetPort: string | number }[] };
  PodDisruptionBudget: { selector: { matchLabels: Labels }; maxUnavailable?: number; minAvailable?: number };
  HorizontalPodAutoscaler: {
    scaleTargetRef: ScaleTarget;
    minReplicas: number;
    maxReplicas: number;
    behavior?: Partial<Record<"scaleUp" | "scaleDown", { stabilizationWindowSeconds?: number }>>;
    metrics: {
      type: string;
      containerResource?: { container: string; name: string };
      resource?: { name: string };
    }[];
  };
  ScaledObject: {
    scaleTargetRef: ScaleTarget;
    minReplicaCount: number;
    maxReplicaCount: number;
    pollingInterval?: number;
    cooldownPeriod?: number;
    fallback?: { failureThreshold: number; replicas: number; behavior?: string };
    advanced?: {
      horizontalPodAutoscalerConfig?: {
        name?: string;
        behavior?: Specs["HorizontalPodAutoscaler"]["behavior"];
      };
    };
    triggers: {
      type: string;
      metricType?: string;
      useCachedMetrics?: boolean;
      metadata: Labels;
      authenticationRef?: { name: string };
    }[];
  };
  TriggerAuthentication: {
    secretTargetRef?: { name: string }[];
  };
  SecretProviderClass: {
    parameters: Labels;
    secretObjects: { secretName: string; labels?: Labels; data: { objectName: string; key: string }[] }[];
  };
  NetworkPolicy: NetworkPolicySpec;
}

export function ofKind<Kind extends keyof Specs>(objects: readonly Manifest[], kind: Kind): Of<Specs[Kind]>[] {
  return objects.filter((object): object is Of<Specs[Kind]> => object.kind === kind);
}

/** Deployments and StatefulSets: whatever has a pod template here. */
export function workloads(objects: readonly Manifest[]): Workload[] {
  return [...ofKind(objects, "Deployment"), ...ofKind(objects, "StatefulSet")];
}

/** @throws when there is no such workload. */
export function workload(objects: readonly Manifest[], name: string): Workload {
  return existing(
    workloads(objects).find((object) => object.metadata.name === name),
    `workload ${name}`,
  );
}

/** Sidecars first, as they start. */
export function containers(pod: PodSpec): Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** @throws when the workload has no such container. */
export function container(object: Workload, name: string): Container {
  return existing(
    containers(object.spec.template.spec).find((one) => one.name === name),
    `container ${name} in ${title(object)}`,
  );
}

/** What a container finds in its environment; a value that a Secret holds is shown as `secret <name>/<key>`. */
export function environment(objects: readonly Manifest[], one: Container): Record<string, string> {
  const data = (name: string): Record<string, string> =>
    existing(
      objects.find((object) => object.kind === "ConfigMap" && object.metadata.name === name),
      `ConfigMap ${name}`,
    ).data ?? {};
  const found: Record<string, string> = {};
  for (const { configMapRef } of one.envFrom ?? []) Object.assign(found, data(configMapRef.name));
  for (const { name, value, valueFrom } of one.env ?? []) {
    const fromMap = valueFrom?.configMapKeyRef;
    const fromSecret = valueFrom?.secretKeyRef;
    if (fromMap !== undefined) {
      found[name] = existing(data(fromMap.name)[fromMap.key], `key ${fromMap.key} in ConfigMap ${fromMap.name}`);
    } else if (fromSecret !== undefined) {
      found[name] = `secret ${fromSecret.name}/${fromSecret.key}`;
    } else {
      found[name] = value ?? "";
    }
  }
  return found;
}

/** For messages: `Deployment api`. */
export function title(object: Manifest): string {
  return `${object.kind} ${object.metadata.name}`;
}

/** A copy with something broken in it, to see a check fail. */
export function broken(objects: readonly Manifest[], breakIt: (copy: Manifest[]) => void): Manifest[] {
  const copy = structuredClone([...objects]);
  breakIt(copy);
  return copy;
}

/** @throws when the value is not there, saying what is missing. */
export function existing<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
