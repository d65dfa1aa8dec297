import type { ById } from "../../model/byId.ts";
import type { Fault, FaultId, faultShapes } from "../../model/fault.ts";

type Texts = { readonly [Id in FaultId]: (params: ById<typeof faultShapes, Id>["params"]) => string };

const TEXTS: Texts = {
  "field-set": ({ object, field, to }) => `${field} of ${object} is set to ${to}`,
  "pod-killed": ({ workload, how }) =>
    how === "sigkill" ? `a pod of ${workload} is killed by SIGKILL` : `a pod of ${workload} is deleted without grace`,
  "rollout-restarted": ({ workload }) => `the rollout of ${workload} is restarted`,
  "changes-reverted": () => "what was changed is reverted",
};

/** What a fault injection does, for people. */
export function faultText({ id, params }: Fault): string {
  // TypeScript does not see that id and params go together; the fault's type sees to it.
  return (TEXTS[id] as (params: Fault["params"]) => string)(params);
}
