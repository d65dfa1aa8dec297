import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { autoscalingQueries } from "../../../loadtest/targets/orders/prometheus/autoscalingQueries.ts";
import { compareWithDashboard, type Agreement } from "../../support/dashboardComparison.ts";
import { dashboardShowsTheSame } from "../../support/dashboardVerdict.ts";
import type { TestPrometheus } from "../../support/prometheus.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { every, prometheusOver, type Scraped } from "./prometheusHistory.ts";
import { LOAD_START_MS } from "./fixtures.ts";
import { sampleAt, type Second } from "./timingsRecording.ts";

/** Toolsets are built at their first use. */
const FIRST_BUILD_LIMIT_MS = 15 * 60_000;
const NAMESPACE = "orders-dev";
const LAST_SECOND = 100;

/** What really happened: a backlog of 4,000 within a second, drained at 50 and then 80 a second; CPU that the HPA read once in 15 s. */
function truth(second: number): Required<Pick<Second, "worker" | "api" | "queue" | "cpu">> {
  const desired = second < 12 ? 0 : second < 17 ? 1 : second < 32 ? 5 : second < 85 ? 8 : 0;
  const ready = second < 14 ? 0 : second < 19 ? 1 : second < 34 ? 5 : second < 85 ? 8 : 0;
  const queue = second < 10 ? 0 : second < 19 ? 4000 : Math.max(0, 4000 - (second - 19) * 80);
  return { worker: [desired, ready], api: [1, 1], queue, cpu: 9 + Math.floor(second / 15) };
}

/** The same as the proof saw it. */
function sampled(change: (second: number) => Second = () => ({})): Sample[] {
  return Array.from({ length: LAST_SECOND + 1 }, (_, second) =>
    sampleAt(second, { ...truth(second), ...change(second) }),
  );
}

const hpa = { namespace: NAMESPACE };
const of = (service: string): Record<string, string> => ({ ...hpa, horizontalpodautoscaler: service });
const resource = (name: string): Record<string, string> => ({
  ...of("api"),
  metric_name: name,
  metric_target_type: "utilization",
});

/** The same as Prometheus scraped it, `lateSeconds` after it was so. */
function history(lateSeconds = 0): Scraped[] {
  const scraped = (offset: number, value: (second: number) => number): [number, number][] =>
    every(offset - 20, LAST_SECOND + 30, (second) => value(Math.max(0, second - lateSeconds)));
  const constant = (value: number): [number, number][] => scraped(3, () => value);
  return [
    ...(["api", "worker"] as const).flatMap((service): Scraped[] => [
      {
        metric: "kube_deployment_spec_replicas",
        labels: { ...hpa, deployment: service },
        points: scraped(3, (second) => truth(second)[service]?.[0] ?? NaN),
      },
      {
        metric: "kube_deployment_status_replicas_ready",
        labels: { ...hpa, deployment: service },
        points: scraped(3, (second) => truth(second)[service]?.[1] ?? NaN),
      },
      {
        metric: "kube_horizontalpodautoscaler_spec_max_replicas",
        labels: of(service),
        points: constant(service === "api" ? 6 : 8),
      },
      { metric: "kube_horizontalpodautoscaler_spec_min_replicas", labels: of(service), points: constant(1) },
    ]),
    {
      metric: "kube_horizontalpodautoscaler_status_target_metric",
      labels: resource("cpu"),
      points: scraped(3, (second) => truth(second).cpu ?? NaN),
    },
    { metric: "kube_horizontalpodautoscaler_status_target_metric", labels: resource("memory"), points: constant(14) },
    { metric: "kube_horizontalpodautoscaler_spec_target_metric", labels: resource("cpu"), points: constant(60) },
    { metric: "kube_horizontalpodautoscaler_spec_target_metric", labels: resource("memory"), points: constant(80) },
    {
      metric: "kube_horizontalpodautoscaler_spec_target_metric",
      labels: { ...of("worker"), metric_name: "s0-azure-servicebus-orders", metric_target_type: "average" },
      points: constant(50),
    },
    {
      // Scraped 4 s before it is evaluated.
      metric: "worker:signal:messages",
      labels: hpa,
      points: scraped(1, (second) => truth(Math.max(0, second - 4)).queue ?? NaN),
    },
  ];
}

/** A queue whose every peak, once in 10 s, lies between two scrapes. */
function wave(second: number): number {
  return 2000 + ([0, 10, 20, 30, 40, 30, 20, 10, 0, 0][second % 10] ?? 0);
}

/** The same as it is scraped and evaluated, so much higher; the rest as it was. */
function waves(higher: number): Scraped[] {
  return history().map((one) =>
    one.metric === "worker:signal:messages"
      ? { ...one, points: one.points.map(([second]): [number, number] => [second, wave(second + 1000 - 4) + higher]) }
      : one,
  );
}

/** The worker's target twice at once, under two names. */
function doubled(): Scraped[] {
  return [
    ...history(),
    {
      metric: "kube_horizontalpodautoscaler_spec_target_metric",
      labels: { ...of("worker"), metric_name: "s1-azure-servicebus-orders", metric_target_type: "average" },
      points: every(38, LAST_SECOND + 30, () => 50),
    },
  ];
}

let prometheus: TestPrometheus;
let late: TestPrometheus;
let ambiguous: TestPrometheus;
beforeAll(async () => {
  [prometheus, late, ambiguous] = await Promise.all([
    prometheusOver(LOAD_START_MS, history()),
    prometheusOver(LOAD_START_MS, history(25)),
    prometheusOver(LOAD_START_MS, doubled()),
  ]);
}, FIRST_BUILD_LIMIT_MS);
afterAll(() => Promise.all([prometheus.close(), late.close(), ambiguous.close()]));

async function agreements(samples: readonly Sample[], from = prometheus): Promise<Agreement[]> {
  const read = await compareWithDashboard(from, { namespace: NAMESPACE, samples });
  if (read.kind !== "value") throw new Error(JSON.stringify(read));
  return read.value;
}

function curve(all: readonly Agreement[], name: string): Agreement {
  const found = all.find((one) => one.curve === name);
  if (found === undefined) throw new Error(`no curve "${name}" in ${all.map((one) => one.curve).join(", ")}`);
  return found;
}

describe("the dashboard's curves beside the samples, from a real Prometheus", () => {
  test("agree, each with the dashboard's own query", async () => {
    const all = await agreements(sampled());
    expect(all.filter(({ compared, agreed }) => agreed < compared)).toEqual([]);
    expect(all.length).toBe(13);
    const dashboard = await readFile(
      join(import.meta.dirname, "../../../kustomize/components/grafana/grafana/dashboards/autoscaling.json"),
      "utf8",
    );
    const missing = all.filter(
      ({ query }) => !dashboard.includes(JSON.stringify(query.replaceAll(NAMESPACE, "$namespace"))),
    );
    expect(missing.map(({ curve: name }) => name)).toEqual([]);
    expect(dashboardShowsTheSame({ kind: "value", value: all })).toMatchObject({ status: "pass" });
  });

  test("a value that nobody scraped, since it was gone before the next scrape, is not held against it", async () => {
    const all = await agreements(sampled((second) => (second >= 60 && second <= 62 ? { worker: [8, 3] } : {})));
    expect(curve(all, "worker: replicas ready")).toMatchObject({
      sampled: 101,
      compared: 101,
      agreed: 101,
      worst: null,
    });
  });

  test("peaks between two scrapes are no disagreement, however many there are; a curve that is beside the samples is one", async () => {
    const [peaky, beside] = await Promise.all([
      prometheusOver(LOAD_START_MS, waves(0)),
      prometheusOver(LOAD_START_MS, waves(60)),
    ]);
    try {
      const samples = sampled((second) => ({ queue: wave(second) }));
      const name = "worker: messages waiting and locked";
      expect(curve(await agreements(samples, peaky), name)).toMatchObject({ sampled: 101, compared: 101, agreed: 101 });
      const { compared, agreed } = curve(await agreements(samples, beside), name);
      expect(compared - agreed).toBeGreaterThan(60);
    } finally {
      await Promise.all([peaky.close(), beside.close()]);
    }
  });

  test("one that stayed is", async () => {
    const all = await agreements(sampled((second) => (second >= 60 && second <= 70 ? { worker: [8, 3] } : {})));
    expect(curve(all, "worker: replicas ready")).toMatchObject({
      compared: 101,
      agreed: 90,
      worst: { atMs: LOAD_START_MS + 60_000, sampled: 3, shown: 8 },
    });
    const { status, reason } = dashboardShowsTheSame({ kind: "value", value: all });
    expect(status).toBe("fail");
    expect(reason).toBe(
      `"worker: replicas ready" agrees in 90 of 101 samples: at 2026-01-01T00:01:00.000Z the proof saw 3, the dashboard shows 8; its query is ${autoscalingQueries({ namespace: NAMESPACE, rateInterval: "20s" }).ready("worker")}`,
    );
  });

  test("curves that come 25 s late disagree", async () => {
    const all = await agreements(sampled(), late);
    for (const name of ["worker: replicas desired", "worker: messages waiting and locked"]) {
      const { compared, agreed } = curve(all, name);
      expect([name, agreed < compared]).toEqual([name, true]);
    }
    expect(curve(all, "api: replicas desired").agreed).toBe(101);
  });

  test("a gap in the samples is no value to compare", async () => {
    const all = await agreements(sampled((second) => (second >= 40 && second < 60 ? { worker: undefined } : {})));
    expect(curve(all, "worker: replicas desired")).toMatchObject({ sampled: 81, compared: 81, agreed: 81 });
  });

  test("of another namespace there is nothing to compare: no pass", async () => {
    const read = await compareWithDashboard(prometheus, { namespace: "orders", samples: sampled() });
    expect(dashboardShowsTheSame(read)).toMatchObject({
      status: "inconclusive",
      reason: expect.stringMatching(/nothing from the time of the run/) as string,
    });
  });

  test("two curves at once where one is meant are none", async () => {
    const read = await compareWithDashboard(ambiguous, { namespace: NAMESPACE, samples: sampled() });
    expect(dashboardShowsTheSame(read)).toMatchObject({
      status: "inconclusive",
      reason: expect.stringMatching(/2 curves of worker: target of a replica at once: .*s0-.* and .*s1-/) as string,
    });
  });

  test("without samples, or without Prometheus, it is a gap", async () => {
    expect((await compareWithDashboard(prometheus, { namespace: NAMESPACE, samples: [] })).kind).toBe("gap");
    const read = await compareWithDashboard(
      { host: "127.0.0.1", port: 1 },
      { namespace: NAMESPACE, samples: sampled() },
    );
    expect(dashboardShowsTheSame(read)).toMatchObject({ status: "inconclusive" });
  });
});

describe("whether the dashboard shows the same", () => {
  const agreement = (of: Partial<Agreement>): Agreement => ({
    curve: "worker: replicas ready",
    query: "kube_deployment_status_replicas_ready",
    sampled: 100,
    compared: 100,
    agreed: 100,
    worst: null,
    ...of,
  });
  const status = (...of: Partial<Agreement>[]): string => {
    const value: Reading<Agreement[]> = { kind: "value", value: of.map(agreement) };
    return dashboardShowsTheSame(value).status;
  };

  test("names the worst curve of several", () => {
    const value = [agreement({ agreed: 99 }), agreement({ curve: "api: maximum", agreed: 3 }), agreement({})];
    expect(dashboardShowsTheSame({ kind: "value", value }).reason).toMatch(
      /^"api: maximum" agrees in 3 of 100 samples; 1 other curves disagree too/,
    );
  });

  test("a curve that is empty while others are not is wrong, and one that is thin says nothing", () => {
    expect(status({}, { compared: 0, agreed: 0 })).toBe("fail");
    expect(status({}, { compared: 89, agreed: 89 })).toBe("inconclusive");
    expect(status({}, { compared: 90, agreed: 90 })).toBe("pass");
    expect(status()).toBe("inconclusive");
  });

  test("is unknown where nobody asked", () => {
    expect(dashboardShowsTheSame({ kind: "absent" }).status).toBe("inconclusive");
  });
});
