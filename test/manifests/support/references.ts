import { containers, ofKind, title, workload, workloads, type Manifest } from "../../../scripts/manifests/manifest.ts";

/** Kinds that know no namespace and may be rendered all the same. */
const CLUSTER_WIDE = ["Namespace"];

/** Objects that are outside the overlay's namespace, or point out of it. */
export function namespaceFindings(objects: readonly Manifest[], namespace: string): string[] {
  const declared = objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
  return [
    ...(declared.join() === namespace ? [] : [`namespaces ${declared.join(", ")} are declared, want ${namespace}`]),
    ...objects
      .filter((object) => !CLUSTER_WIDE.includes(object.kind) && object.metadata.namespace !== namespace)
      .map((object) => `${title(object)} is in ${object.metadata.namespace ?? "no namespace"}, want ${namespace}`),
    ...objects.flatMap((object) =>
      (object.subjects ?? [])
        .filter((subject) => subject.namespace !== namespace)
        .map((subject) => `${title(object)} binds ${subject.name} of ${subject.namespace ?? "no namespace"}`),
    ),
  ];
}

/** Every Secret that an object asks for, as `<asking> <secret>`. */
export function secretsAskedFor(objects: readonly Manifest[]): string[] {
  const ofPods = workloads(objects).flatMap((object) => {
    const pod = object.spec.template.spec;
    return [
      ...containers(pod).flatMap((one) => (one.env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
      ...(pod.volumes ?? []).map(({ secret }) => secret?.secretName),
    ]
      .filter((name) => name !== undefined)
      .map((name) => `${object.metadata.name} ${name}`);
  });
  const ofScalers = ofKind(objects, "TriggerAuthentication").flatMap((object) =>
    (object.spec.secretTargetRef ?? []).map(({ name }) => `${title(object)} ${name}`),
  );
  return [...ofPods, ...ofScalers].sort();
}

/** ConfigMaps, ServiceAccounts and SecretProviderClasses that pods name and that are not rendered. */
export function missingReferences(objects: readonly Manifest[]): string[] {
  const has = (kind: string, name: string): boolean =>
    objects.some((object) => object.kind === kind && object.metadata.name === name);
  return workloads(objects).flatMap((object) => {
    const pod = object.spec.template.spec;
    const maps = [
      ...containers(pod).flatMap((one) => [
        ...(one.envFrom ?? []).map(({ configMapRef }) => configMapRef.name),
        ...(one.env ?? []).map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ]),
      ...(pod.volumes ?? []).map(({ configMap }) => configMap?.name),
    ].filter((name) => name !== undefined);
    const classes = (pod.volumes ?? [])
      .map(({ csi }) => csi?.volumeAttributes?.secretProviderClass)
      .filter((name) => name !== undefined);
    const account = pod.serviceAccountName ?? "default";
    return [
      ...maps.filter((name) => !has("ConfigMap", name)).map((name) => `${title(object)}: no ConfigMap ${name}`),
      ...classes
        .filter((name) => !has("SecretProviderClass", name))
        .map((name) => `${title(object)}: no SecretProviderClass ${name}`),
      ...(has("ServiceAccount", account) ? [] : [`${title(object)}: no ServiceAccount ${account}`]),
    ];
  });
}

/** Ports of a Service of type LoadBalancer that are not for clients. */
export function exposureFindings(objects: readonly Manifest[]): string[] {
  return ofKind(objects, "Service")
    .filter(({ spec }) => spec.type === "LoadBalancer")
    .flatMap((service) => {
      const pod = workload(objects, service.metadata.name).spec.template.spec;
      const operational = containers(pod)
        .flatMap((one) => one.ports ?? [])
        .filter(({ name }) => name?.endsWith("metrics") ?? true);
      return service.spec.ports
        .filter(({ targetPort }) =>
          operational.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort),
        )
        .map(({ name, targetPort }) => `${title(service)} exposes ${targetPort} as ${name}`);
    });
}
