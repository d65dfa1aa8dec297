import { finding, type Finding } from "../finding.ts";
import { selectedBy } from "../rules/ports.ts";
import { scalersOf } from "../rules/scalers.ts";
import { kindOf, liveObjects, subjectOf, titleOf, type View } from "../view.ts";

/** Workloads at zero that no autoscaler can have meant: the bus first, without which no other finding about queues says anything. */
export function zeroFindings(view: View): Finding[] {
  const live = liveObjects(view);
  const service = live.services.find(({ metadata }) => metadata?.name === view.busService);
  const bus = service === undefined ? [] : selectedBy(service.spec?.selector ?? {}, live.workloads);
  return live.workloads.flatMap((workload) => {
    const subject = subjectOf(kindOf(workload), workload);
    const { namespace } = view;
    const replicas = workload.spec?.replicas ?? 1;
    if (service !== undefined && bus.includes(workload)) {
      const running = workload.status?.replicas ?? replicas;
      if (replicas > 0 && running > 0) return [];
      const params = { workload: titleOf(kindOf(workload), workload), replicas, namespace };
      return [finding("bus-without-pods", subjectOf("Service", service), params)];
    }
    const { horizontal, scaled } = scalersOf(workload, live);
    if (replicas > 0 || horizontal.length + scaled.length > 0) return [];
    // What is declared at 0 is meant.
    const declared = view.declared.workloads.find(
      (one) => one.metadata?.name === workload.metadata?.name && kindOf(one) === kindOf(workload),
    );
    if (declared !== undefined && declared.spec?.replicas === 0) return [];
    return [finding("workload-scaled-to-zero", subject, { namespace })];
  });
}
