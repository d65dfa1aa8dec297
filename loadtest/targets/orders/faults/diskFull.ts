import type { FaultInjection } from "../../../model/scenario.ts";
import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

/** Beside what is on the volume: the bus holds 4 MiB of it in reserve. */
const FREE_MEBIBYTES = 16;

interface Volume {
  statefulSet: string;
  namespace: string;
  claim: string;
}

/** The only volume of a StatefulSet of one. */
function volumeOf(statefulSet: string, namespace: string): Volume {
  return { statefulSet, namespace, claim: `data-${statefulSet}-0` };
}

/** The volume is filled some time into the load, and has space again later. That it is limited is reverted at the end. */
function filled(volume: Volume, of: { afterSeconds: number; seconds: number }): FaultInjection[] {
  return [
    {
      trigger: { kind: "before the load" },
      action: { kind: "node", fault: { kind: "volume-limited", ...volume, freeMebibytes: FREE_MEBIBYTES } },
      withinSeconds: 300,
    },
    {
      trigger: { kind: "into the load", seconds: of.afterSeconds },
      action: { kind: "node", fault: { kind: "volume-filled", ...volume } },
      withinSeconds: of.afterSeconds + 30,
    },
    {
      trigger: { kind: "after the fault before", seconds: of.seconds },
      action: { kind: "restore", only: "last" },
      withinSeconds: of.seconds + 30,
    },
  ];
}

const common = {
  ...USUAL,
  needs: "api",
  reaches: ["api"],
  mustScale: [],
  mustNotScale: [],
} as const;
const notRestarted = [
  { id: "not-restarted", workload: "api" },
  { id: "not-restarted", workload: "worker" },
] as const;

export const busDiskFull: ScenarioOf = ({ faults: { ordersPerSecond, seconds, unavailableSeconds } }, namespace) => ({
  ...common,
  name: "bus-disk-full",
  summary:
    "the disk of the bus is full for a while: POST answers 503 in time, what was accepted is processed, and it accepts again once there is space",
  ...ordersPlaced({ ordersPerSecond, seconds: seconds + unavailableSeconds }),
  objectives: objectives({ failedShare: null }),
  // At once: the bus writes over what it has written to its log, and needs no space once that has its size.
  faultInjections: filled(volumeOf("servicebus-emulator", namespace), { afterSeconds: 1, seconds: unavailableSeconds }),
  mustHold: [
    { id: "answered-in-time", withinSeconds: 5, statuses: [503], atLeast: 1 },
    { id: "accepting-again", withinSeconds: 10, after: "last-fault" },
    ...notRestarted,
  ],
  expectedSeconds: 120 + seconds + unavailableSeconds,
});

/** Redis ends where it cannot write, and the kubelet waits up to 40 s before its fourth start. */
const RESUMED_WITHIN_SECONDS = 60;

export const redisDiskFull: ScenarioOf = (
  { faults: { ordersPerSecond, seconds, unavailableSeconds, failedShare } },
  namespace,
) => ({
  ...common,
  name: "redis-disk-full",
  summary:
    "the disk of Redis is full for a while: the API keeps accepting, the worker holds and resumes, nothing is dead-lettered",
  ...ordersPlaced({ ordersPerSecond, seconds: seconds + unavailableSeconds }),
  objectives: objectives({ failedShare }),
  faultInjections: filled(volumeOf("cache", namespace), { afterSeconds: seconds / 2, seconds: unavailableSeconds }),
  mustHold: [{ id: "processing-held", heldSeconds: 5, withinSeconds: RESUMED_WITHIN_SECONDS }, ...notRestarted],
  expectedSeconds: 140 + seconds + unavailableSeconds,
});
