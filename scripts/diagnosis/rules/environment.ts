import type { V1ConfigMap, V1Container } from "@kubernetes/client-node";
import type { Workload } from "../view.ts";

/** In the name of an image that is one of this project's. */
const OURS = "/ownsignal/";

/** The container of one of this project's services, whose environment is known. */
export function ownContainer(workload: Workload, name: string): V1Container | undefined {
  const containers = workload.spec?.template.spec?.containers ?? [];
  return containers.find((one) => one.name === name && isOurs(one));
}

export function isOurs({ image }: V1Container): boolean {
  return image?.includes(OURS) === true;
}

/** What a container finds in its environment, as far as ConfigMaps and values tell; what Secrets hold is left out. */
export function environmentOf(container: V1Container, configMaps: readonly V1ConfigMap[]): Record<string, string> {
  const dataOf = (name: string | undefined): Record<string, string> =>
    configMaps.find(({ metadata }) => metadata?.name === name)?.data ?? {};
  const found: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) Object.assign(found, dataOf(configMapRef?.name));
  for (const { name, value, valueFrom } of container.env ?? []) {
    const reference = valueFrom?.configMapKeyRef;
    const text = reference === undefined ? value : dataOf(reference.name)[reference.key];
    if (text !== undefined) found[name] = text;
  }
  return found;
}

/** A variable that is a number; the service's own default where it is not set. */
export function numberOf(environment: Readonly<Record<string, string>>, name: string, otherwise: number): number {
  const number = Number(environment[name] ?? otherwise);
  return Number.isFinite(number) ? number : otherwise;
}
