import type { Finding, Subject } from "./finding.ts";
import type { KindedObject } from "./view.ts";

/** `doctor.ownsignal/<finding's id>: <reason>`, on the object that the finding is about, or on its Namespace. */
export const ACCEPTED_PREFIX = "doctor.ownsignal/";

/** The findings, those marked that an object accepts by an annotation. A reason that is empty accepts nothing. */
export function accepted(findings: readonly Finding[], objects: readonly KindedObject[]): Finding[] {
  return findings.map((finding) => {
    const { kind, name } = finding.subject;
    const own = objects.filter((object) => object.kind === kind && object.metadata?.name === name);
    const namespaces = objects.filter((object) => object.kind === "Namespace");
    for (const object of [...own, ...namespaces]) {
      const reason = object.metadata?.annotations?.[`${ACCEPTED_PREFIX}${finding.id}`]?.trim();
      if (reason === undefined || reason === "") continue;
      const on: Subject = { kind: object.kind, name: object.metadata?.name ?? "" };
      return { ...finding, accepted: { reason, on } };
    }
    return finding;
  });
}
