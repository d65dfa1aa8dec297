import type { DeclaredPrometheus } from "../../declaration/declaration.ts";
import type { TargetAssertion } from "../../engine/proofTarget.ts";
import { type Assertion, failed, inconclusive, passed } from "../../model/assertion.ts";
import { causeOf } from "../../model/cause.ts";
import type { Address } from "../../model/endpoint.ts";
import type { Reading } from "../../model/reading.ts";
import type { Traffic } from "../../model/traffic.ts";
import type { Workload } from "../../model/workload.ts";
import { readFrom } from "../../prometheus/client.ts";

/** Where a Prometheus is, and the time that a run's queries are about. */
export interface Asked {
  /** An address, or a URL; a gap where it cannot be reached. */
  prometheus: Reading<Address | string>;
  fromMs: number;
  toMs: number;
  signal: AbortSignal;
}

/** The value of a query over the run's time, which stands for `$window` in it; a gap where it has none. */
async function valueOf(query: string, { prometheus, fromMs, toMs, signal }: Asked): Promise<Reading<number>> {
  if (prometheus.kind !== "value") return prometheus;
  const window = `${Math.max(1, Math.ceil((toMs - fromMs) / 1000))}s`;
  const expression = query.replaceAll("$window", window);
  return readFrom(prometheus.value, signal, async (server) => {
    const value = await server.value(expression, toMs);
    return value === undefined || Number.isNaN(value)
      ? { kind: "gap", error: `${expression} has no value` }
      : { kind: "value", value };
  });
}

/** Each declared query is within its bound. */
export async function queriesHold(
  { mustHold }: DeclaredPrometheus,
  about: readonly Workload[],
  asked: Asked,
): Promise<TargetAssertion[]> {
  return Promise.all(
    mustHold.map(async ({ name, query, bound }) => ({
      about,
      assertion: queryHolds({ name, query, bound }, await valueOf(query, asked)),
    })),
  );
}

function queryHolds(
  { name, query, bound }: DeclaredPrometheus["mustHold"][number],
  reading: Reading<number>,
): Assertion {
  const atLeast = bound.kind === "atLeast" ? bound.value : null;
  const atMost = bound.kind === "atMost" ? bound.value : null;
  const claim = { id: "query-holds", subject: name, expected: { name, query, atLeast, atMost } } as const;
  if (reading.kind !== "value") {
    const error = reading.kind === "gap" ? reading.error : "there is no Prometheus";
    return inconclusive(claim, null, causeOf("query-unreadable", name, { error }));
  }
  const { value } = reading;
  const holds = bound.kind === "atLeast" ? value >= bound.value : value <= bound.value;
  return holds ? passed(claim, { value }) : failed(claim, { value }, causeOf("query-out-of-bounds", name, { value }));
}

/** What the controls counted themselves, by the queries that must not rise. */
export async function declaredTraffic(
  { mustNotRise }: DeclaredPrometheus,
  controls: readonly Workload[],
  asked: Asked,
): Promise<Record<Workload, Reading<Traffic>>> {
  const traffic: Record<Workload, Reading<Traffic>> = {};
  for (const { workload, query } of mustNotRise) {
    if (!controls.includes(workload)) continue;
    const counted = await valueOf(query, asked);
    traffic[workload] =
      counted.kind === "value" ? { kind: "value", value: { counted: counted.value, scrapes: null } } : counted;
  }
  return traffic;
}
