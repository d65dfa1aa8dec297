import type { Action, FaultInjection, LiveField } from "../../../model/scenario.ts";
import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import type { BusKeyFault } from "../serviceBus/busKeys.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";

const PACE = { ordersPerSecond: 25, seconds: 90 };
const common = {
  ...USUAL,
  expectedSeconds: 70 + PACE.seconds,
} as const;
/** A key of the bus's Secret for API and worker, and for KEDA. */
const SECONDARY = "secondary";

function secretKeyOf(workload: "api" | "worker", namespace: string): LiveField {
  return {
    object: { kind: "Deployment", name: workload, namespace },
    paths: [
      `spec.template.spec.containers[name=${workload}].env[name=SERVICEBUS_CONNECTION_STRING].valueFrom.secretKeyRef.key`,
    ],
  };
}

function kedaKeyOf(namespace: string): LiveField {
  return {
    object: { kind: "TriggerAuthentication", name: "worker", namespace },
    paths: ["spec.secretTargetRef[parameter=connection].key"],
  };
}

const changed = (name: BusKeyFault, what: string): Action => ({ kind: "target", fault: { name, what } });
const REGENERATED = changed("bus-keys-regenerated", "the primary keys of the bus are regenerated");
const SHORT_LIVED = changed("bus-tokens-short-lived", "tokens for the bus are taken for 10 s only");

/** So long after the fault before it; a change of keys takes up to a minute and a half. */
function then(seconds: number, action: Action): FaultInjection {
  return { trigger: { kind: "after the fault before", seconds }, action, withinSeconds: seconds + 120 };
}

/** As Azure's two keys are for: everybody goes on by the secondary key while the primary is changed, and back. */
export const keysRotated: ScenarioOf = (_sizes, namespace) => ({
  ...common,
  name: "keys-rotated",
  summary:
    "the bus's keys are rotated: API, worker and KEDA go over to the secondary keys, the primary ones are regenerated, and all come back to them: no request fails",
  ...ordersPlaced(PACE),
  objectives: objectives({}),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: 5 },
      action: { kind: "set", field: secretKeyOf("api", namespace), to: SECONDARY },
      withinSeconds: 30,
    },
    then(0, { kind: "set", field: secretKeyOf("worker", namespace), to: SECONDARY }),
    then(0, { kind: "set", field: kedaKeyOf(namespace), to: SECONDARY }),
    // Until the last pod with the old key is gone.
    then(30, REGENERATED),
    then(10, { kind: "restore" }),
  ],
  mustHold: [{ id: "no-lock-lost" }],
});

/** Without the overlap: what a person does who was told that a key has leaked. */
export const keysRevoked: ScenarioOf = () => ({
  ...common,
  name: "keys-revoked",
  summary:
    "the bus's keys are regenerated under everybody's feet: POST answers 503 in time until API and worker are restarted, what was accepted is processed",
  ...ordersPlaced(PACE),
  objectives: objectives({ failedShare: null }),
  faultInjections: [
    { trigger: { kind: "into the load", seconds: 10 }, action: REGENERATED, withinSeconds: 120 },
    then(10, { kind: "restart", workload: "worker" }),
    then(0, { kind: "restart", workload: "api" }),
  ],
  mustHold: [
    { id: "answered-in-time", withinSeconds: 5, statuses: [503], atLeast: 1 },
    // As long as the new pod takes to serve, and the old one to go.
    { id: "accepting-again", withinSeconds: 40, after: "last-fault" },
  ],
});

export const tokensExpired: ScenarioOf = () => ({
  ...common,
  name: "tokens-expired",
  summary:
    "every token for the bus expires within 10 s, again and again: clients renew them, or POST answers 503 in time; nothing is lost",
  ...ordersPlaced(PACE),
  // What is on its way when its link ends is answered 503.
  objectives: objectives({ failedShare: 0.02 }),
  faultInjections: [
    { trigger: { kind: "into the load", seconds: 5 }, action: SHORT_LIVED, withinSeconds: 120 },
    then(50, { kind: "restore" }),
  ],
  mustHold: [
    { id: "answered-in-time", withinSeconds: 5, statuses: [503] },
    { id: "accepting-again", withinSeconds: 5, after: "last-fault" },
    ...NOT_RESTARTED,
  ],
});
