import type { KubernetesObject } from "@kubernetes/client-node";
import { formatFinding } from "../diagnosis/texts.ts";
import { declaredFindings } from "../diagnosis/scaling.ts";
import { deployedIn } from "../diagnosis/view.ts";
import { findingsByRule } from "../../test/manifests/support/findings.ts";
import type { Manifest } from "../../test/manifests/support/manifest.ts";
import { signalFindings } from "../../test/manifests/support/signals.ts";
import type { Objection } from "./catalogue.ts";

/** An objection that takes no cluster. */
export type CheapObjection =
  Extract<Objection, { by: "manifests" }> | (Extract<Objection, { by: "doctor" }> & { looksAt: "declared" });

export function isCheap(objection: Objection): objection is CheapObjection {
  return objection.by === "manifests" || (objection.by === "doctor" && objection.looksAt === "declared");
}

/** What the objector says about rendered objects, a finding a line; empty where it finds nothing wrong. */
export function linesOf(objection: CheapObjection, objects: readonly Manifest[]): string[] {
  if (objection.by === "manifests") {
    return [...Object.values(findingsByRule(objects, "orders-dev")).flat(), ...signalFindings(objects)];
  }
  return declaredFindings(deployedIn(objects as readonly KubernetesObject[])).map(formatFinding);
}
