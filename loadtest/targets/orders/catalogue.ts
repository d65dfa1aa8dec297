import { type Profile, type Sizes, sizesOf } from "../../k6/lib/profiles.ts";
import { apiCpu } from "./scenarios/apiCpu.ts";
import { apiMemory } from "./scenarios/apiMemory.ts";
import { belowActivation } from "./scenarios/belowActivation.ts";
import type { OrdersScenario, ScenarioOf } from "./scenarios/declaration.ts";
import { endToEnd } from "./scenarios/endToEnd.ts";
import { apiAbused } from "./faults/apiAbused.ts";
import { apiKilled, apiRolled } from "./faults/api.ts";
import { busDiskFull, redisDiskFull } from "./faults/diskFull.ts";
import { kedaKilled, metricsAdapterKilled, metricsServerAway } from "./faults/autoscalers.ts";
import { busAway, busAwayIdle, busKilled } from "./faults/bus.ts";
import { keysRevoked, keysRotated, tokensExpired } from "./faults/keys.ts";
import { nodeDrained } from "./faults/node.ts";
import { busConnectionCut } from "./faults/busConnectionCut.ts";
import { apiServerAway, etcdKilled, kubeletKilled } from "./faults/controlPlane.ts";
import { noFault } from "./faults/noFault.ts";
import { poison } from "./faults/poison.ts";
import { providerFails, providerSlow } from "./faults/provider.ts";
import { redisAway, redisKilled } from "./faults/redis.ts";
import { scaledInBusy } from "./faults/scaledInBusy.ts";
import { sentTwice } from "./faults/sentTwice.ts";
import { validatorKilled } from "./faults/validatorKilled.ts";
import { workersKilled } from "./faults/workersKilled.ts";
import { faultScenarioNames, loadScenarioNames, type ScenarioName } from "./scenarios/names.ts";
import { queueBacklog } from "./scenarios/queueBacklog.ts";
import { scaleInUnderLoad } from "./scenarios/scaleInUnderLoad.ts";
import { soak } from "./scenarios/soak.ts";
import { spike } from "./scenarios/spike.ts";

const all: Record<ScenarioName, ScenarioOf> = {
  "queue-backlog": queueBacklog,
  "api-cpu": apiCpu,
  "end-to-end": endToEnd,
  "below-activation": belowActivation,
  spike,
  "scale-in-under-load": scaleInUnderLoad,
  "api-memory": apiMemory,
  soak,
  "no-fault": noFault,
  "sent-twice": sentTwice,
  "workers-killed": workersKilled,
  "scaled-in-busy": scaledInBusy,
  poison,
  "provider-fails": providerFails,
  "provider-slow": providerSlow,
  "redis-killed": redisKilled,
  "redis-away": redisAway,
  "bus-killed": busKilled,
  "bus-away": busAway,
  "bus-away-idle": busAwayIdle,
  "api-killed": apiKilled,
  "api-rolled": apiRolled,
  "validator-killed": validatorKilled,
  "keda-killed": kedaKilled,
  "metrics-adapter-killed": metricsAdapterKilled,
  "metrics-server-away": metricsServerAway,
  "node-drained": nodeDrained,
  "bus-disk-full": busDiskFull,
  "redis-disk-full": redisDiskFull,
  "tokens-expired": tokensExpired,
  "keys-rotated": keysRotated,
  "keys-revoked": keysRevoked,
  "bus-connection-cut": busConnectionCut,
  "api-abused": apiAbused,
  "api-server-away": apiServerAway,
  "etcd-killed": etcdKilled,
  "kubelet-killed": kubeletKilled,
};

const BY_PROFILE: Record<Profile, readonly ScenarioName[]> = {
  smoke: ["queue-backlog", "api-cpu", "end-to-end"],
  standard: loadScenarioNames.filter((name) => name !== "soak"),
  soak: ["soak"],
  faults: faultScenarioNames,
};

/** @param namespace where the system is, for the live objects that a scenario changes. */
export function ordersScenario(name: ScenarioName, sizes: Sizes, namespace: string): OrdersScenario {
  return all[name](sizes, namespace);
}

/** What a profile runs where nothing else is requested. */
export function scenariosOf(profile: Profile): readonly ScenarioName[] {
  return BY_PROFILE[profile];
}

/**
 * About how long a proof takes, in seconds, on a small cluster with dev's windows; with longer windows each way back takes longer.
 * @param sizes where not those of the profile.
 */
export function expectedSeconds(
  profile: Profile,
  scenarios: readonly ScenarioName[] = scenariosOf(profile),
  sizes: Partial<Sizes> = {},
): number {
  const declared = { ...sizesOf[profile], ...sizes };
  return Math.round(scenarios.reduce((sum, name) => sum + ordersScenario(name, declared, "").expectedSeconds, 0));
}
