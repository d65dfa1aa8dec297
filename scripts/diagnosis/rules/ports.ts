import type { V1ContainerPort } from "@kubernetes/client-node";
import { finding, type Finding } from "../finding.ts";
import { kindOf, subjectOf, titleOf, type Deployed, type Workload } from "../view.ts";

/** Services that reach nothing: no workload's pods have their labels, or none listens where they send. */
export function portFindings({ services, workloads, podLabels }: Deployed): Finding[] {
  return services.flatMap((service) => {
    const selector = service.spec?.selector ?? {};
    const subject = subjectOf("Service", service);
    // Without a selector its endpoints are somebody else's.
    if (Object.keys(selector).length === 0) return [];
    const selected = selectedBy(selector, workloads);
    if (selected.length === 0) {
      const isOfOthers = podLabels.some((labels) => hasLabels(labels, selector));
      return isOfOthers ? [] : [finding("service-selects-nothing", subject, { selector })];
    }
    const workload = selected.map((one) => titleOf(kindOf(one), one)).join(" and ");
    const ports = selected.flatMap(declaredPorts);
    const names = ports.map(({ name, containerPort }) =>
      name === undefined ? String(containerPort) : `${name} (${containerPort})`,
    );
    return (service.spec?.ports ?? []).flatMap(({ port, targetPort = port }) => {
      const number = Number(targetPort);
      if (Number.isNaN(number)) {
        if (ports.some(({ name }) => name === targetPort)) return [];
        return [finding("service-port-unknown", subject, { port: String(targetPort), workload, ports: names })];
      }
      // What a container declares tells only; a pod that declares nothing may listen anywhere.
      if (selected.some((one) => declaredPorts(one).length === 0)) return [];
      if (ports.some(({ containerPort }) => containerPort === number)) return [];
      return [finding("service-port-not-declared", subject, { port: number, workload, ports: names })];
    });
  });
}

function declaredPorts({ spec }: Workload): V1ContainerPort[] {
  const pod = spec?.template.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(({ ports }) => ports ?? []);
}

/** The workloads whose pods have these labels. */
export function selectedBy(selector: Readonly<Record<string, string>>, workloads: readonly Workload[]): Workload[] {
  return workloads.filter(({ spec }) => hasLabels(spec?.template.metadata?.labels ?? {}, selector));
}

function hasLabels(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([label, value]) => labels[label] === value);
}
