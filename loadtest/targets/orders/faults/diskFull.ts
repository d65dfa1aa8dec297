import type { FaultInjection } from "../../../model/scenario.ts";
import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";

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

/** The volume is filled at a moment, but for some space, and has it again later. That it is limited is reverted at the end. */
function filled(
  volume: Volume,
  of: Pick<FaultInjection, "trigger"> & { leaveKibibytes: number; until: FaultInjection["trigger"] },
): FaultInjection[] {
  const { trigger, leaveKibibytes, until } = of;
  return [
    {
      trigger: { kind: "before the load" },
      action: { kind: "node", fault: { kind: "volume-limited", ...volume, freeMebibytes: FREE_MEBIBYTES } },
      withinSeconds: 300,
    },
    {
      trigger,
      action: { kind: "node", fault: { kind: "volume-filled", ...volume, leaveKibibytes } },
      withinSeconds: 120,
    },
    { trigger: until, action: { kind: "restore", only: "last" }, withinSeconds: 120 },
  ];
}

const common = {
  ...USUAL,
} as const;
export const busDiskFull: ScenarioOf = ({ faults: { ordersPerSecond, seconds, unavailableSeconds } }, namespace) => ({
  ...common,
  name: "bus-disk-full",
  summary:
    "the disk of the bus is full for a while: POST answers 503 in time, what was accepted is processed, and it accepts again once there is space",
  ...ordersPlaced({ ordersPerSecond, seconds: seconds + unavailableSeconds }),
  objectives: objectives({ failedShare: null }),
  // The bus fills it by itself, within seconds: its log grows to 4 MiB before it writes over what it has written, and needs no space any more.
  faultInjections: filled(volumeOf("servicebus-emulator", namespace), {
    trigger: { kind: "before the load" },
    leaveKibibytes: 1024,
    until: { kind: "into the load", seconds: unavailableSeconds },
  }),
  mustHold: [
    { id: "answered-in-time", withinSeconds: 5, statuses: [503], atLeast: 1 },
    { id: "accepting-again", withinSeconds: 10, after: "last-fault" },
    ...NOT_RESTARTED,
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
  faultInjections: filled(volumeOf("cache", namespace), {
    trigger: { kind: "into the load", seconds: seconds / 2 },
    leaveKibibytes: 0,
    until: { kind: "after the fault before", seconds: unavailableSeconds },
  }),
  mustHold: [{ id: "processing-held", heldSeconds: 5, withinSeconds: RESUMED_WITHIN_SECONDS }, ...NOT_RESTARTED],
  expectedSeconds: 140 + seconds + unavailableSeconds,
});
