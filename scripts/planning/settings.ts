import { CliError } from "../process/cliError.ts";
import type { ScaledWorkload } from "./scaledWorkload.ts";
import { suggest } from "../../src/shared/suggest.ts";

/** A change of one setting, as in `worker.cooldownPeriod=60`. */
export interface Setting {
  readonly option: string;
  readonly workload: string;
  readonly name: string;
  readonly value: string;
}

const NUMBERS = {
  ScaledObject: [
    "pollingInterval",
    "cooldownPeriod",
    "initialCooldownPeriod",
    "minReplicaCount",
    "maxReplicaCount",
    "idleReplicaCount",
  ],
  HorizontalPodAutoscaler: ["minReplicas", "maxReplicas"],
} as const;
/** Of the triggers that have them. */
const TRIGGERS_OF: Readonly<Record<string, readonly string[]>> = {
  messageCount: ["azure-servicebus"],
  activationMessageCount: ["azure-servicebus"],
  value: ["kubernetes-workload", "rabbitmq"],
  activationValue: ["kubernetes-workload", "rabbitmq"],
  listLength: ["redis"],
  activationListLength: ["redis"],
  threshold: ["prometheus"],
  activationThreshold: ["prometheus"],
  targetValue: ["metrics-api"],
  activationTargetValue: ["metrics-api"],
};
const OF_TRIGGERS = Object.keys(TRIGGERS_OF);
/** Of the consumer, and so of no autoscaler. */
const CONCURRENCY = "concurrency";
const OF_DIRECTIONS = ["stabilizationWindowSeconds", "selectPolicy", "pods", "percent"];

function settingNames({ kind }: ScaledWorkload["autoscaler"]): string[] {
  const behavior = ["scaleUp", "scaleDown"].flatMap((direction) => OF_DIRECTIONS.map((name) => `${direction}.${name}`));
  return [
    ...NUMBERS[kind],
    ...(kind === "ScaledObject" ? [...OF_TRIGGERS, "useCachedMetrics"] : ["averageUtilization"]),
    ...behavior,
  ];
}

/** `WORKLOAD.SETTING=VALUE`. @throws {CliError} for anything else. */
export function parseSetting(text: string): Setting {
  const [, workload, name, value] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(text) ?? [];
  if (workload === undefined || name === undefined || value === undefined) {
    throw new CliError(
      `--set: "${text}" is no setting`,
      "give WORKLOAD.SETTING=VALUE, for example --set worker.cooldownPeriod=60",
    );
  }
  return { option: `--set ${text}`, workload, name, value };
}

/** `WORKLOAD.SETTING=VALUE,VALUE`: a setting of each value, in their order. @throws {CliError} for anything else. */
export function parseSweep(text: string): Setting[] {
  const [, workload, name, list] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(text) ?? [];
  const values = list?.split(",") ?? [];
  if (workload === undefined || name === undefined || values.length === 0 || values.includes("")) {
    throw new CliError(
      `--sweep: "${text}" names no values of a setting`,
      "give WORKLOAD.SETTING=VALUE,VALUE, for example --sweep worker.messageCount=25,50,100",
    );
  }
  return values.map((value) => ({ option: `--sweep ${text}`, workload, name, value }));
}

/** What a forecast needs of a replica's work, where a queue feeds it. */
interface Consumer {
  readonly messagesPerSecond: number | null;
  readonly concurrency: number | null;
}

/**
 * A workload and what is known of its pods, with settings changed. With more messages at once each takes as long as before: the throughput is a multiple.
 * @throws {CliError} as withSetting does, and where no queue feeds what is to have another concurrency.
 */
export function withSettings<Known extends Consumer>(
  workload: ScaledWorkload,
  known: Known,
  settings: readonly Setting[],
): { workload: ScaledWorkload; known: Known } {
  const ofConsumer = settings.filter(({ name }) => name === CONCURRENCY);
  const ofAutoscaler = settings.filter(({ name }) => name !== CONCURRENCY);
  return { workload: ofAutoscaler.reduce(withSetting, workload), known: ofConsumer.reduce(withConcurrency, known) };
}

function withConcurrency<Known extends Consumer>(known: Known, { option, value }: Setting): Known {
  const { messagesPerSecond, concurrency } = known;
  const changed = wholeNumber(value, option);
  if (changed === 0) throw new CliError(`${option}: a consumer works on one message at least`, "give 1 or more");
  if (messagesPerSecond === null) {
    throw new CliError(`${option}: how many messages one replica processes is not known`, "give it: --rate 40/s");
  }
  return { ...known, messagesPerSecond: (messagesPerSecond * changed) / (concurrency ?? 1), concurrency: changed };
}

/** The workload with a setting changed. @throws {CliError} where its autoscaler has no such setting, or the value cannot be. */
export function withSetting(workload: ScaledWorkload, setting: Setting): ScaledWorkload {
  const { autoscaler } = workload;
  const names = [...settingNames(autoscaler), CONCURRENCY];
  const { option, name, value } = setting;
  if (!names.includes(name)) {
    const near = suggest(name, names);
    throw new CliError(
      `${option}: ${autoscaler.kind} ${autoscaler.name} has no setting "${name}" that can be changed here`,
      `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}`,
    );
  }
  return { ...workload, autoscaler: { ...autoscaler, spec: changed(autoscaler, setting, value) } };
}

type Raw = Record<string, unknown>;
const rawOf = (value: unknown): Raw => (value ?? {}) as Raw;
const listOf = (value: unknown): Raw[] => (value ?? []) as Raw[];

function changed({ kind, spec }: ScaledWorkload["autoscaler"], setting: Setting, value: string): Raw {
  const { name, option } = setting;
  if ((NUMBERS[kind] as readonly string[]).includes(name)) return { ...spec, [name]: wholeNumber(value, option) };
  if (name === "averageUtilization") return { ...spec, metrics: withUtilization(listOf(spec.metrics), setting) };
  if (name === "useCachedMetrics") {
    if (value !== "true" && value !== "false")
      throw new CliError(`${option}: "${value}" is neither true nor false`, "give one of them");
    return {
      ...spec,
      triggers: listOf(spec.triggers).map((trigger) => ({ ...trigger, useCachedMetrics: value === "true" })),
    };
  }
  if (OF_TRIGGERS.includes(name)) return { ...spec, triggers: withMetadata(listOf(spec.triggers), setting) };
  const [direction = "", field = ""] = name.split(".");
  if (kind === "HorizontalPodAutoscaler") {
    return { ...spec, behavior: withDirection(rawOf(spec.behavior), direction, field, setting) };
  }
  const advanced = rawOf(spec.advanced);
  const config = rawOf(advanced.horizontalPodAutoscalerConfig);
  const behavior = withDirection(rawOf(config.behavior), direction, field, setting);
  return { ...spec, advanced: { ...advanced, horizontalPodAutoscalerConfig: { ...config, behavior } } };
}

function wholeNumber(value: string, option: string): number {
  if (!/^\d+$/.test(value))
    throw new CliError(`${option}: "${value}" is no whole number`, "give one, in seconds where it is a time");
  return Number(value);
}

function withMetadata(triggers: readonly Raw[], { name, value, option }: Setting): Raw[] {
  const types = TRIGGERS_OF[name] ?? [];
  const has = ({ type }: Raw): boolean => types.includes(String(type));
  if (!triggers.some(has)) {
    throw new CliError(
      `${option}: there is no trigger of type ${types.join(" or ")}`,
      `it has ${triggers.map((one) => String(one.type)).join(", ")}`,
    );
  }
  return triggers.map((trigger) =>
    has(trigger) ? { ...trigger, metadata: { ...rawOf(trigger.metadata), [name]: value } } : trigger,
  );
}

function withUtilization(metrics: readonly Raw[], { value, option }: Setting): Raw[] {
  const averageUtilization = wholeNumber(value, option);
  const changed = metrics.map((metric) => {
    const key = metric.type === "ContainerResource" ? "containerResource" : "resource";
    const detail = rawOf(metric[key]);
    const target = rawOf(detail.target);
    const isCpu = detail.name === "cpu" && target.averageUtilization !== undefined;
    return isCpu ? { ...metric, [key]: { ...detail, target: { ...target, averageUtilization } } } : metric;
  });
  if (changed.every((metric, index) => metric === metrics[index])) {
    throw new CliError(`${option}: its HPA has no target of CPU utilization`, "change another setting");
  }
  return changed;
}

/** `pods` and `percent` are the value of the first policy of that type, in each 15 s where there is none. */
function withDirection(behavior: Raw, direction: string, field: string, { value, option }: Setting): Raw {
  const rules = rawOf(behavior[direction]);
  if (field === "selectPolicy") return { ...behavior, [direction]: { ...rules, selectPolicy: value } };
  const number = wholeNumber(value, option);
  if (field === "stabilizationWindowSeconds") return { ...behavior, [direction]: { ...rules, [field]: number } };
  const type = field === "pods" ? "Pods" : "Percent";
  const policies = listOf(rules.policies);
  const others = policies.filter((policy) => policy.type !== type);
  const policy = { periodSeconds: 15, ...policies.find((one) => one.type === type), type, value: number };
  return { ...behavior, [direction]: { ...rules, policies: [...others, policy] } };
}
