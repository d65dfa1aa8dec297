import type { Steps } from "../../../loadtest/simulator/steps.ts";
import { type Random, seeded } from "./random.ts";

/** An HPA as a manifest has it, with what happens around it: what the reference programs read. Curves are in thousandths. */
export interface HpaCase extends WorldCase {
  readonly hpa: object;
  readonly changes: readonly { readonly atSeconds: number; readonly hpa: object }[];
  readonly external: Readonly<Record<string, Steps>>;
}

/** A Deployment and what happens to it. test/reference/go/cluster/case.go */
export interface WorldCase {
  readonly name: string;
  readonly seconds: number;
  readonly replicas: number;
  readonly usage: readonly { container: string; resource: string; perPod?: Steps; total?: Steps }[];
  readonly sets: readonly { readonly atSeconds: number; readonly replicas: number }[];
  readonly podEvents: readonly { readonly atSeconds: number; readonly ordinal: number; readonly becomes: string }[];
  readonly pods: {
    readonly containers: readonly { readonly name: string; readonly requests: Readonly<Record<string, string>> }[];
    readonly createMillis: number;
    readonly startMillis: number;
    readonly readyMillis: number;
    readonly goneMillis: number;
  };
  readonly scrapeMillis: number;
  readonly readMillis: number;
}

const SECONDS = 1200;
const PERIODS = [15, 30, 45, 60, 100, 120, 300, 600, 1800];

function direction(random: Random, up: boolean): object {
  const { int, pick, chance } = random;
  const policy = (): object =>
    chance(0.5)
      ? { type: "Pods", value: int(1, 8), periodSeconds: pick(PERIODS) }
      : { type: "Percent", value: up ? int(5, 300) : int(5, 100), periodSeconds: pick(PERIODS) };
  return {
    ...(chance(0.6) ? { stabilizationWindowSeconds: pick([0, 0, 15, 30, 50, 60, 120, 300, 600]) } : {}),
    ...(chance(0.5) ? { selectPolicy: pick(["Max", "Max", "Min", "Min", "Disabled"]) } : {}),
    ...(chance(0.7) ? { policies: Array.from({ length: int(1, 3) }, policy) } : {}),
    ...(chance(0.3) ? { tolerance: pick(["0", "0.05", "57m", "0.2", "0.35", "1"]) } : {}),
  };
}

export function behavior(random: Random): object {
  const { chance } = random;
  if (chance(0.2)) return {};
  const scaleUp = chance(0.85) ? { scaleUp: direction(random, true) } : {};
  const scaleDown = chance(0.85) ? { scaleDown: direction(random, false) } : {};
  return { behavior: { ...scaleUp, ...scaleDown } };
}

/** A curve between 0 and a top, with jumps, small changes and, in a share of its steps, failures to read. */
export function curve(random: Random, top: number, unreadable: number): Steps {
  const { int, chance } = random;
  const steps: [number, number | null][] = [];
  let value = int(0, top);
  for (let second = 0; second < SECONDS; second += int(5, 240)) {
    steps.push([second, chance(unreadable) ? null : value]);
    if (chance(0.3)) value = 0;
    else value = chance(0.4) ? Math.round((value * int(85, 115)) / 100) : int(0, Math.round(top * 1.4));
  }
  return steps;
}

export function podTemplate(random: Random): WorldCase["pods"] {
  const { int, pick, chance } = random;
  const cpu = (amount: string): object => (chance(0.95) ? { cpu: amount } : {});
  return {
    containers: [
      { name: "app", requests: { ...cpu(pick(["500m", "1", "250m"])), memory: pick(["1Gi", "512Mi", "300M"]) } },
      { name: "side", requests: { ...cpu("100m"), memory: "64Mi" } },
    ],
    createMillis: pick([0, 100, 700, 20_000]),
    startMillis: int(0, 20_000),
    readyMillis: chance(0.1) ? 400_000 : int(0, 60_000),
    goneMillis: int(0, 60_000),
  };
}

export function setsOf(random: Random, maximum: number): WorldCase["sets"] {
  const { int, chance } = random;
  if (chance(0.5)) return [];
  const replicas = (): number => (chance(0.35) ? 0 : chance(0.5) ? 1 : int(0, maximum + 5));
  return Array.from({ length: int(1, 4) }, () => ({ atSeconds: int(10, SECONDS - 50), replicas: replicas() }));
}

export function worldCase(random: Random, name: string, minimum: number, maximum: number): Omit<WorldCase, "usage"> {
  const { int, pick, chance } = random;
  const outside = (): number => (chance(0.5) ? maximum + int(1, 20) : Math.max(1, minimum - int(1, 5)));
  const event = (): WorldCase["podEvents"][number] => ({
    atSeconds: int(1, SECONDS - 50),
    ordinal: int(1, maximum * 2),
    becomes: pick(["ready", "unready", "unready", "failed"]),
  });
  return {
    name,
    seconds: SECONDS,
    replicas: chance(0.8) ? int(minimum, maximum) : outside(),
    pods: podTemplate(random),
    sets: setsOf(random, maximum),
    podEvents: chance(0.5) ? Array.from({ length: int(1, 6) }, event) : [],
    scrapeMillis: int(0, 14_999),
    readMillis: chance(0.3) ? int(1, 40) : 0,
  };
}

function bounds({ int }: Random, most: number): { minReplicas: number; maxReplicas: number } {
  const maxReplicas = int(2, most);
  return { minReplicas: int(1, Math.max(1, Math.floor(maxReplicas / 3))), maxReplicas };
}

function changesOf(random: Random, metrics: readonly object[], most: number): HpaCase["changes"] {
  if (!random.chance(0.25)) return [];
  const changed = { metrics, ...bounds(random, most), ...behavior(random) };
  return [{ atSeconds: random.int(100, SECONDS - 200), hpa: changed }];
}

/** An HPA with one to three external metrics. */
export function externalCase(seed: number): HpaCase {
  const random = seeded(seed);
  const { int, pick, chance } = random;
  const { minReplicas, maxReplicas } = bounds(random, 40);
  const names = pick([["a"], ["a"], ["a", "b"], ["a", "b", "c"]]);
  const external: Record<string, Steps> = {};
  const metrics = names.map((name) => {
    const target = int(1, 20);
    const whole = chance(0.75);
    external[name] = curve(random, (whole ? maxReplicas : 2) * target * 1000, chance(0.3) ? 0.2 : 0);
    return {
      type: "External",
      external: {
        metric: { name },
        target: whole ? { type: "AverageValue", averageValue: `${target}` } : { type: "Value", value: `${target}` },
      },
    };
  });
  const hpa = { minReplicas, maxReplicas, metrics, ...behavior(random) };
  const changes = changesOf(random, metrics, 40);
  return { ...worldCase(random, `external-${seed}`, minReplicas, maxReplicas), hpa, changes, external, usage: [] };
}

/** What the pods of `podTemplate` use. */
export function usageCase(random: Random, maxReplicas: number): WorldCase["usage"] {
  const { chance } = random;
  const unreadable = chance(0.2) ? 0.15 : 0;
  const total = maxReplicas * 600;
  return [
    {
      container: "app",
      resource: "cpu",
      ...(chance(0.7) ? { total: curve(random, total, unreadable) } : { perPod: curve(random, 900, unreadable) }),
    },
    { container: "side", resource: "cpu", perPod: chance(0.8) ? ([[0, 20]] as const) : curve(random, 150, unreadable) },
    { container: "app", resource: "memory", perPod: curve(random, 1_300_000_000_000, unreadable) },
    { container: "side", resource: "memory", perPod: [[0, 30_000_000_000]] as const },
  ];
}

/** An HPA with one or two metrics of CPU and memory, of a container or of the pod. */
export function resourceCase(seed: number): HpaCase {
  const random = seeded(seed);
  const { int, pick, chance } = random;
  const { minReplicas, maxReplicas } = bounds(random, 20);
  const target = (resource: string): object =>
    chance(0.75)
      ? { type: "Utilization", averageUtilization: chance(0.15) ? int(100, 250) : int(30, 95) }
      : {
          type: "AverageValue",
          averageValue: resource === "cpu" ? pick(["100m", "333m", "1"]) : pick(["200Mi", "1G"]),
        };
  const metric = (name: string): object =>
    chance(0.6)
      ? {
          type: "ContainerResource",
          containerResource: { name, container: chance(0.9) ? "app" : "side", target: target(name) },
        }
      : { type: "Resource", resource: { name, target: target(name) } };
  const metrics = pick([["cpu"], ["cpu"], ["memory"], ["cpu", "memory"]]).map(metric);
  const usage = usageCase(random, maxReplicas);
  const hpa = { minReplicas, maxReplicas, metrics, ...behavior(random) };
  const changes = changesOf(random, metrics, 20);
  return { ...worldCase(random, `resource-${seed}`, minReplicas, maxReplicas), hpa, changes, external: {}, usage };
}
