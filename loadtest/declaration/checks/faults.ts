import type * as z from "zod";
import type { fault } from "../schema/fault.ts";
import type { Path, Problem } from "./problem.ts";

type Fault = z.output<typeof fault>;

/** Faults that could never be injected, since they are injected in the order of the list. */
export function faultProblems(faults: readonly Fault[], path: Path): Problem[] {
  return faults.flatMap((fault, index) => {
    const before = faults.slice(0, index);
    const found: Problem[] = [];
    if (fault.when === "before-load" && before.some(({ when }) => when !== "before-load")) {
      found.push({
        path: [...path, index, "when"],
        at: "value",
        message: "before-load comes after a fault of another moment, and faults are injected in order",
        fix: "move it before all others",
      });
    }
    if ("restore" in fault && !isSomethingSet(before)) {
      found.push({
        path: [...path, index, "restore"],
        at: "key",
        message: "there is nothing to restore: no fault before it sets a field or cordons a node",
        fix: "put it after a fault with set or cordon, or remove it",
      });
    }
    return found;
  });
}

/** Whether a field is still set, or a node cordoned, after these. */
function isSomethingSet(before: readonly Fault[]): boolean {
  const last = before.findLast((fault) => "set" in fault || "cordon" in fault || "restore" in fault);
  return last !== undefined && !("restore" in last);
}
