import type { Fault, FaultId } from "../../model/fault.ts";

const TEXTS: Record<FaultId, (params: Fault["params"]) => string> = {
  "cpu-target-out-of-reach": ({ to }) =>
    `the API's CPU target is set to ${to ?? "a value"} %, out of reach, so that only memory can scale it`,
  "activation-threshold-raised": ({ to }) => `the worker's activation threshold is set to ${to ?? "a value"} messages`,
  "activation-threshold-restored": () => "the worker's activation threshold is restored",
  "max-replicas-lowered": ({ to }) =>
    `the worker's maxReplicaCount is set to ${to ?? "a value"} while messages wait, so that busy workers are scaled in`,
  "max-replicas-restored": () => "the worker's maxReplicaCount is restored",
  "worker-killed": () => "the last worker is killed by SIGKILL",
};

/** What a fault injection does, for people. */
export function faultText({ id, params }: Fault): string {
  return TEXTS[id](params);
}
