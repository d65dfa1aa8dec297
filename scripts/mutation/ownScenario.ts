import { drawnOf } from "../../loadtest/dryRun/simulateSystem.ts";
import { configOf } from "../../loadtest/dryRun/dryRun.ts";
import type { Scenario } from "../../loadtest/model/scenario.ts";
import { idleReplicasOf, maxReplicasOf, type PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { seededRandom } from "../../loadtest/model/random.ts";
import { scaleInDefault, scaleOutDefault } from "../../loadtest/targets/declared/liveDefaults.ts";
import { hpaOfScaler } from "../planning/autoscaler.ts";
import { type DeclaredSystem, onlyUnder, type OwnLoad } from "../planning/declaredSystem.ts";
import type { FileScenario } from "../planning/fileScenarios.ts";

/** A scenario that the file does not have: a load that scales one workload, and no other. */
export interface OwnScenario {
  readonly scenario: Scenario;
  readonly declared: DeclaredSystem;
  readonly replicas: number;
  readonly load: OwnLoad;
}

/** More are not needed to see whether it scales. */
const REPLICAS = 3;
const SECONDS = 90;

/** @returns null for a workload that no such load is known for: what it scales on is neither an external metric nor CPU. */
export function ownScenario({ scenario, declared }: FileScenario, workload: string): OwnScenario | null {
  const planned = declared.system.simulated[workload]?.planned;
  const replicas =
    planned === undefined ? 0 : Math.min(maxReplicasOf(planned), Math.max(REPLICAS, idleReplicasOf(planned) + 1));
  const load = planned === undefined ? null : loadFor(planned, replicas);
  if (planned === undefined || load === null || replicas <= idleReplicasOf(planned)) return null;
  const own = onlyUnder(declared, workload, load);
  const live = configOf(own.system, drawnOf(own.system, seededRandom(0)));
  if (live === undefined) return null;
  return {
    ...{ declared: own, replicas, load },
    scenario: {
      ...scenario,
      ...{ name: workload, queue: null, objectives: { ...scenario.objectives, failedShare: null, latencyP95Ms: null } },
      mustScale: [
        {
          ...{ workload, metric: { kind: "any", name: null }, atLeast: replicas },
          within: { seconds: scaleOutDefault(live, workload).seconds, after: "load-start" },
          scaleIn: { asserted: true, objectiveSeconds: scaleInDefault(live, workload).seconds },
        },
      ],
      mustNotScale: Object.keys(own.system.simulated).filter((other) => other !== workload),
    },
  };
}

/** What calls for so many replicas, by the middle between one fewer and these, so that rounding decides nothing. */
function loadFor({ scaler, containers }: PlannedWorkload, replicas: number): OwnLoad | null {
  const share = replicas - 0.5;
  for (const metric of hpaOfScaler(scaler).metrics) {
    if (metric.type === "External") {
      return {
        metric: metric.name,
        steps: [
          [0, (share * metric.target.milli) / 1000],
          [SECONDS, 0],
        ],
        usage: null,
      };
    }
    const container = containers.find(({ name }) => metric.container === null || name === metric.container);
    const request = container?.requests[metric.resource];
    if (
      metric.resource !== "cpu" ||
      container === undefined ||
      metric.target.type !== "Utilization" ||
      request === undefined
    )
      continue;
    const milli = Math.round((share * request * metric.target.percent) / 100);
    return {
      metric: "cpu",
      steps: [
        [0, milli],
        [SECONDS, 0],
      ],
      usage: container.name,
    };
  }
  return null;
}
