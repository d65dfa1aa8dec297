import type { V1Container } from "@kubernetes/client-node";
import type { Finding, FindingId, FindingParams } from "../../../../scripts/diagnosis/finding.ts";
import { findingsIn } from "../../../../scripts/diagnosis/diagnose.ts";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { named, healthyView } from "./healthyView.ts";

export function findingsOf(view: View): Finding[] {
  return findingsIn(view);
}

/** The findings for a cluster in which something has been broken. */
export function broken(breakIt: (view: View) => unknown): Finding[] {
  const view = healthyView();
  breakIt(view);
  return findingsOf(view);
}

/** What is expected: `ERROR`, unless it is said otherwise; the subject as `Kind name`. */
export function expected<Id extends FindingId>(
  id: Id,
  subject: string,
  params: FindingParams[Id],
  severity: Finding["severity"] = "ERROR",
): object {
  const [kind = "", ...name] = subject.split(" ");
  return { id, subject: { kind, name: name.join(" ") }, params, severity };
}

export function containerOf(view: View, workload: string): V1Container {
  const [container] = named(view.declared.workloads, workload).spec?.template.spec?.containers ?? [];
  if (container === undefined) throw new Error(`the fixture's ${workload} has no container`);
  return container;
}
