import type { Finding } from "../finding.ts";
import type { Deployed } from "../view.ts";
import { capacityFindings } from "./capacity.ts";
import { conventionFindings } from "./conventions.ts";
import type { Facts } from "./facts.ts";
import { horizontalFindings } from "./horizontal.ts";
import { objectiveFindings } from "./objectives.ts";
import { ownSignalFindings } from "./ownSignal.ts";
import { secretFindings } from "./keys.ts";
import { ownershipFindings } from "./ownership.ts";
import { portFindings } from "./ports.ts";
import { wellFormed } from "./shapes.ts";
import { triggerFindings } from "./triggers.ts";

/** Every rule about specs, over rendered objects or over live ones: why autoscalers could not scale, would compete, or follow another signal than meant. */
export function specFindings(all: Deployed, facts: Facts): Finding[] {
  const { deployed, findings } = wellFormed(all);
  return [
    ...findings,
    ...ownershipFindings(deployed, facts),
    ...horizontalFindings(deployed, facts),
    ...objectiveFindings(deployed),
    ...triggerFindings(deployed, facts),
    ...ownSignalFindings(deployed),
    ...capacityFindings(deployed),
    ...portFindings(deployed),
    // Of live objects the keys themselves tell.
    ...(facts.source === "rendered" ? [...secretFindings(deployed), ...conventionFindings(deployed)] : []),
  ];
}
