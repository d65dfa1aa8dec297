import type { AutoscalerName, InitFinding } from "./found.ts";

/** A finding in a sentence, with what it means for the file. */
export function findingText(finding: InitFinding): string {
  switch (finding.id) {
    case "target-missing": {
      const { autoscaler, kind, object } = finding.params;
      return `${named(autoscaler)} scales ${kind} ${object}, which does not exist: left out. Correct its scaleTargetRef, or delete it`;
    }
    case "target-kind-unsupported": {
      const { autoscaler, kind, object } = finding.params;
      return `${named(autoscaler)} scales ${kind} ${object}, and only Deployments and StatefulSets can be proven: left out`;
    }
    case "several-autoscalers": {
      const { kind, object, autoscalers } = finding.params;
      return `${autoscalers.map(named).join(" and ")} all scale ${kind} ${object}, each against the others: left out. Delete all but one`;
    }
    case "no-triggers":
      return `${named(finding.params.autoscaler)} has no triggers, so nothing can scale it: left out`;
    case "max-not-above-idle": {
      const { autoscaler, max, idle } = finding.params;
      return `${named(autoscaler)} allows at most ${max}, and ${idle} is what it has without load: it cannot scale, so it is a control only`;
    }
    case "paused": {
      const { name, annotations } = finding.params;
      return `ScaledObject ${name} is paused (${annotations.join(", ")}): it will not scale until the annotation is removed`;
    }
    case "not-ready":
      return `ScaledObject ${finding.params.name} is not ready: ${finding.params.message}`;
    case "services-unreadable":
      return `Services in ${finding.params.namespace} cannot be listed (missing permission: list services), so no load knows an address`;
  }
}

export function named({ kind, name }: AutoscalerName): string {
  return `${kind} ${name}`;
}
