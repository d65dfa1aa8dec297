import { finding, type Finding } from "./finding.ts";
import { declaredFacts, liveFacts } from "./rules/facts.ts";
import { specFindings } from "./rules/specs.ts";
import { autoscalerFindings } from "./status/autoscalers.ts";
import { kedaCertificateFindings } from "./status/kedaCertificates.ts";
import { keyFindings } from "./status/keys.ts";
import { podFindings } from "./status/pods.ts";
import { scaledObjectFindings } from "./status/scaledObjects.ts";
import { zeroFindings } from "./status/workloads.ts";
import { liveObjects, type View } from "./view.ts";

/** Why the autoscalers cannot work, would compete, or follow another signal than meant. */
export function scalingFindings(view: View): Finding[] {
  const declared = specFindings(view.declared, declaredFacts(view));
  const found = [
    ...declared,
    ...without(declared, [...liveSpecFindings(view), ...keyFindings(view)]),
    ...scaledObjectFindings(view),
    ...kedaCertificateFindings(view),
    ...autoscalerFindings(view),
    ...zeroFindings(view),
    ...podFindings(view),
    ...queueFindings(view),
  ];
  return found;
}

/** What is declared and deployed alike is one finding. */
function without(declared: readonly Finding[], live: readonly Finding[]): Finding[] {
  const key = ({ id, subject }: Finding): string => JSON.stringify([id, subject]);
  const known = new Set(declared.map(key));
  return live.filter((one) => !known.has(key(one)));
}

/** The rules compare objects with each other, so that one kind that could not be read would look like a fault of the others. */
function liveSpecFindings(view: View): Finding[] {
  const { workloads, autoscalers, scaledObjects, services, configMaps } = view.live;
  const compared = [workloads, autoscalers, scaledObjects, services, configMaps, view.pods];
  if (compared.some(({ kind }) => kind === "gap")) return [];
  const live = liveObjects(view);
  // What is declared and not deployed is a finding of its own, and not one more of each object that refers to it.
  const there = new Set(live.workloads.map(({ metadata }) => metadata?.name));
  const awaited = view.declared.workloads.filter(({ metadata }) => !there.has(metadata?.name));
  return specFindings({ ...live, workloads: [...live.workloads, ...awaited] }, liveFacts(view));
}

function queueFindings({ queues, namespace }: View): Finding[] {
  return [...queues].flatMap(([queue, there]) =>
    there.kind === "value" && !there.value
      ? [finding("queue-missing", { kind: "Queue", name: queue }, { namespace })]
      : [],
  );
}
