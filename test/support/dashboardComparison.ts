import type { AutoscalerState } from "../../loadtest/model/autoscaling.ts";
import { autoscalerOf, queueOf, replicasOf, type Sample } from "../../loadtest/model/observed.ts";
import { isResource } from "../../loadtest/model/metric.ts";
import type { Reading } from "../../loadtest/model/reading.ts";
import type { Address } from "../../loadtest/model/endpoint.ts";
import { type Curve as Sampled, curveOf } from "../../loadtest/model/curve.ts";
import {
  type ApiResource,
  autoscalingQueries,
  type ScaledService,
} from "../../loadtest/targets/orders/prometheus/autoscalingQueries.ts";
import { QUEUE } from "../../loadtest/targets/orders/scenarios/declaration.ts";
import {
  askUntil,
  type Pace,
  type Point,
  type Prometheus,
  PrometheusError,
  readFrom,
} from "../../loadtest/prometheus/client.ts";

/** One curve of the autoscaling dashboard beside the proof's own samples. */
export interface Agreement {
  curve: string;
  query: string;
  /** Samples that hold a value. */
  sampled: number;
  /** Samples that had a counterpart, but for values too short-lived to be scraped. */
  compared: number;
  /** Samples whose value the dashboard shows within one scrape of them. */
  agreed: number;
  /** The first sample that has no like in the dashboard's curve within a scrape. */
  worst: { atMs: number; sampled: number; shown: number | null } | null;
}

/** A curve that the autoscaling dashboard draws and the proof samples. */
interface Curve {
  name: string;
  query: string;
  sampled: Sampled;
  /** Whether it comes by way of a recording rule, which adds an evaluation to a scrape. */
  byRule: boolean;
  /** How much the two may differ because either rounds. */
  rounding: number;
}

/** A sample is labelled with when it was due: its readings took a little, and kube-state-metrics hears of changes by a watch. */
const SKEW_MS = 1500;
/** Points of one curve that Prometheus gives at the most are 11,000. */
const MOST_POINTS = 10_000;
const INGESTION_MS = 2000;

/**
 * The autoscaling dashboard's own queries, asked over the run's time, beside what the proof sampled. A sample agrees where it lies between what the
 * dashboard shows from its moment until one scrape (and one evaluation, for a recording rule) later: where nothing changes that is equality. What
 * goes up and down has its peaks between two scrapes: there it may lie beyond by as much as it moved itself from the nearest scrape on. A value
 * that was there for less than a scrape between two others may never have been scraped, and is not compared.
 * @returns a gap where Prometheus gives no answer.
 */
export async function compareWithDashboard(
  address: Address,
  { namespace, samples, signal }: { namespace: string; samples: readonly Sample[]; signal?: AbortSignal },
): Promise<Reading<Agreement[]>> {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return { kind: "gap", error: "no sample to compare with" };
  return readFrom(address, signal, async (prometheus) => {
    const pace = await prometheus.pace();
    const agreements: Agreement[] = [];
    for (const curve of curvesOf(namespace, samples, pace)) {
      const shown = await shownCurve(prometheus, curve, { fromMs: first.atMs, toMs: last.atMs, pace, signal });
      agreements.push(agreementOf(curve, shown, pace));
    }
    return { kind: "value", value: agreements };
  });
}

async function shownCurve(
  prometheus: Prometheus,
  curve: Curve,
  of: { fromMs: number; toMs: number; pace: Pace; signal: AbortSignal | undefined },
): Promise<Point[]> {
  const fromMs = of.fromMs - SKEW_MS;
  const toMs = of.toMs + lagMs(curve, of.pace) + SKEW_MS;
  const stepSeconds = Math.max(1, Math.ceil((toMs - fromMs) / 1000 / MOST_POINTS));
  // Asked about a moment that is yet to come, Prometheus answers with what it has now.
  await askUntil(
    () => Promise.resolve(Date.now()),
    (nowMs) => nowMs >= toMs + INGESTION_MS,
    { withinMs: toMs + INGESTION_MS + 1000 - Date.now(), signal: of.signal },
  );
  const series = await prometheus.shown(curve.query, fromMs, toMs, stepSeconds);
  // One may follow the other, as where an HPA is made anew; two at once are not the curve that was meant.
  const points = series.flatMap((one) => one.points).sort((a, b) => a.atMs - b.atMs);
  const doubled = points.filter(({ atMs }, index) => points[index + 1]?.atMs === atMs).length;
  if (doubled * stepSeconds * 1000 > lagMs(curve, of.pace)) {
    throw new PrometheusError(
      `the dashboard shows ${series.length} curves of ${curve.name} at once: ${series.map(({ labels }) => JSON.stringify(labels)).join(" and ")}`,
    );
  }
  return points;
}

function lagMs({ byRule }: Pick<Curve, "byRule">, { scrapeSeconds, evaluationSeconds }: Pace): number {
  return (scrapeSeconds + (byRule ? evaluationSeconds : 0)) * 1000;
}

/** All that both know. Percentages are the HPA's own whole numbers on either side. */
function curvesOf(namespace: string, samples: readonly Sample[], { scrapeSeconds }: Pace): Curve[] {
  const queries = autoscalingQueries({ namespace, rateInterval: `${4 * scrapeSeconds}s` });
  const workloads: readonly ScaledService[] = ["api", "worker"];
  const ofAutoscaler = (workload: ScaledService, pick: (autoscaler: AutoscalerState) => number | undefined): Sampled =>
    curveOf(samples, (sample) => autoscalerOf(sample, workload), pick);
  const ofResource = (resource: ApiResource, pick: "current" | "target"): Sampled =>
    ofAutoscaler(
      "api",
      ({ metrics }) => metrics.find(({ metric }) => isResource(metric, resource))?.[pick] ?? undefined,
    );
  const exact = { byRule: false, rounding: 0 };

  return [
    ...workloads.flatMap((workload): Curve[] => [
      {
        name: `${workload}: replicas desired`,
        query: queries.desired(workload),
        sampled: curveOf(
          samples,
          (sample) => replicasOf(sample, workload),
          ({ desired }) => desired,
        ),
        ...exact,
      },
      {
        name: `${workload}: replicas ready`,
        query: queries.ready(workload),
        sampled: curveOf(
          samples,
          (sample) => replicasOf(sample, workload),
          ({ ready }) => ready,
        ),
        ...exact,
      },
      {
        name: `${workload}: maximum`,
        query: queries.maximum(workload),
        sampled: ofAutoscaler(workload, ({ max }) => max),
        ...exact,
      },
    ]),
    { name: "api: minimum", query: queries.minimum("api"), sampled: ofAutoscaler("api", ({ min }) => min), ...exact },
    ...(["cpu", "memory"] as const).flatMap((resource): Curve[] => [
      {
        name: `api: ${resource}, percent of its request`,
        query: queries.apiSignal(resource),
        sampled: ofResource(resource, "current"),
        byRule: false,
        rounding: 0.5,
      },
      {
        name: `api: target of ${resource}`,
        query: queries.apiTarget(resource),
        sampled: ofResource(resource, "target"),
        ...exact,
      },
    ]),
    {
      name: "worker: messages waiting and locked",
      query: queries.workerSignal,
      sampled: curveOf(
        samples,
        (sample) => queueOf(sample, QUEUE),
        ({ active }) => active,
      ),
      byRule: true,
      rounding: 0,
    },
    {
      name: "worker: target of a replica",
      query: queries.workerTarget,
      sampled: ofAutoscaler("worker", ({ metrics }) =>
        metrics.length === 1 && metrics[0]?.metric.kind === "External" ? (metrics[0].target ?? undefined) : undefined,
      ),
      ...exact,
    },
  ].filter(({ sampled }) => sampled.length > 0);
}

/** One curve's samples, each beside what is shown from its moment on. */
function agreementOf(curve: Curve, shown: readonly Point[], pace: Pace): Agreement {
  const lag = lagMs(curve, pace);
  let compared = 0;
  let agreed = 0;
  let worst: Agreement["worst"] = null;
  const moved = movementAround(curve.sampled, (pace.scrapeSeconds / 2) * 1000 + SKEW_MS);
  /** Samples on end that are not as shown: between two scrapes, or wrong once they have lasted long enough to be scraped. */
  let strangers: { moment: NonNullable<Agreement["worst"]>; off: number; isBetween: boolean }[] = [];

  const settle = (): void => {
    const [first] = strangers;
    const last = strangers.at(-1);
    if (first === undefined || last === undefined) return;
    if (strangers.every(({ isBetween }) => isBetween)) {
      compared += strangers.length;
      agreed += strangers.length;
    } else if (last.moment.atMs - first.moment.atMs >= lag) {
      compared += strangers.length;
      worst ??= strangers.reduce((a, b) => (b.off > a.off ? b : a)).moment;
    }
    strangers = [];
  };
  for (const [index, { atMs, value }] of curve.sampled.entries()) {
    const near = shown.filter((point) => point.atMs >= atMs - SKEW_MS && point.atMs <= atMs + lag + SKEW_MS);
    if (near.length === 0) continue;
    const values = near.map((point) => point.value);
    const least = Math.min(...values) - curve.rounding;
    const most = Math.max(...values) + curve.rounding;
    if (value >= least && value <= most) {
      settle();
      compared++;
      agreed++;
    } else {
      const nearest = values.reduce((a, b) => (Math.abs(b - value) < Math.abs(a - value) ? b : a));
      const off = Math.abs(value - nearest);
      const isBetween = off <= (moved[index] ?? 0) + curve.rounding;
      strangers.push({ moment: { atMs, sampled: value, shown: nearest }, off, isBetween });
    }
  }
  settle();
  return { curve: curve.name, query: curve.query, sampled: curve.sampled.length, compared, agreed, worst };
}

/** For each sample, between which bounds its curve moved so long before and after it. */
function movementAround(sampled: Sampled, aroundMs: number): number[] {
  let from = 0;
  let to = 0;
  return sampled.map(({ atMs }) => {
    while ((sampled[from]?.atMs ?? Infinity) < atMs - aroundMs) from++;
    while ((sampled[to]?.atMs ?? Infinity) <= atMs + aroundMs) to++;
    const values = sampled.slice(from, to).map(({ value }) => value);
    return Math.max(...values) - Math.min(...values);
  });
}
