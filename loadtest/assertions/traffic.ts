import { type Assertion, failed, inconclusive, passed } from "../model/assertion.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Reading } from "../model/reading.ts";
import type { Traffic } from "../model/traffic.ts";
import type { Workload } from "../model/workload.ts";

/**
 * Whether a workload that must not scale got no traffic by its own count: its replicas can stay the same while it carries the load.
 * Its counter has to stand still without a load: probes and scrapes are not to be counted, so one request or message is one too many.
 */
export function noTraffic(workload: Workload, traffic: Reading<Traffic>): Assertion {
  const claim = { id: "no-traffic", subject: workload, expected: {} } as const;
  if (traffic.kind !== "value") return inconclusive(claim, null, countersUnread(traffic));
  const { counted, scrapes } = traffic.value;
  const measured = { counted, scrapes };
  return counted === 0
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("traffic-reached-workload", workload, {}));
}

/** Why what a service counted itself is not known. */
export function countersUnread(counters: Exclude<Reading<unknown>, { kind: "value" }>): Cause {
  return counters.kind === "gap"
    ? causeOf("counters-unreadable", "prometheus", { error: counters.error })
    : causeOf("prometheus-missing", "prometheus", {});
}
