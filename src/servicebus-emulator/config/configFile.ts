import * as z from "zod";
import { JsonSyntaxError, parseJson } from "../../shared/jsonText.ts";
import { queueDefinition, queueName, queueProperties, type QueueDefinition } from "../model/properties.ts";
import { unreadKeys, type KnownKeys } from "./knownKeys.ts";
import { formatIsoDuration, parseIsoDuration } from "./isoDuration.ts";
import { withoutComments, withoutNulls } from "./relaxedJson.ts";

/** Entities from a file in the form of Microsoft's emulator. */
export interface ConfiguredEntities {
  readonly queues: readonly QueueDefinition[];
  /**
   * What the file asks for and this emulator does not do, by the entity's path in lower case, as in `topics`. The file is taken all the same,
   * so that people can bring theirs, and these are rejected when somebody uses them.
   */
  readonly unsupported: ReadonlyMap<string, string>;
  /** What the file says without effect, a line each. */
  readonly warnings: readonly string[];
}

/** The file's content is not usable; `problems` holds everything that is wrong with it, a line each, with path, got and want. */
export class ConfigFileError extends Error {
  override readonly name = "ConfigFileError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** A duration as text, within the bounds that the broker has for it. */
function duration(property: "lockDurationMs" | "defaultTimeToLiveMs" | "duplicateDetectionWindowMs") {
  const milliseconds = queueProperties.shape[property].unwrap();
  const least = formatIsoDuration(milliseconds.minValue ?? 0);
  const most = formatIsoDuration(milliseconds.maxValue ?? Infinity);
  return z.string().transform((text, context) => {
    const durationMs = parseIsoDuration(text);
    if (durationMs !== undefined && milliseconds.safeParse(durationMs).success) return durationMs;
    context.addIssue({ code: "custom", message: `want an ISO 8601 duration from ${least} to ${most}` });
    return z.NEVER;
  });
}

/**
 * Names, types and defaults are of the official emulator's
 * {@link https://github.com/Azure/azure-service-bus-emulator-installer/blob/main/ServiceBus-Emulator/Schema/Config-schema.json | schema};
 * the bounds are those of Service Bus, which are wider.
 */
const queueSettings = z.object({
  DeadLetteringOnMessageExpiration: z.boolean().default(false),
  DefaultMessageTimeToLive: duration("defaultTimeToLiveMs").default(60 * 60_000),
  DuplicateDetectionHistoryTimeWindow: duration("duplicateDetectionWindowMs").default(20_000),
  ForwardDeadLetteredMessagesTo: z.string().default(""),
  ForwardTo: z.string().default(""),
  LockDuration: duration("lockDurationMs").default(60_000),
  MaxDeliveryCount: queueProperties.shape.maxDeliveryCount.unwrap().default(3),
  MaxSizeInMegabytes: queueProperties.shape.maxSizeMegabytes.unwrap().default(1_024),
  RequiresDuplicateDetection: z.boolean().default(false),
  RequiresSession: z.boolean().default(false),
});

const queue = z.object({ Name: queueName, Properties: queueSettings.prefault({}) });

/** Topics are rejected when they are used, so what is in them does not matter. */
const topic = z.object({ Name: queueName });

const namespace = z.object({
  /** Has no effect: there is one namespace, and it goes by any host name. */
  Name: z.string().optional(),
  Queues: z.array(queue).default([]),
  Topics: z.array(topic).default([]),
});

const configFile = z.object({
  UserConfig: z.object({
    Namespaces: z.tuple([namespace], { error: "want exactly one namespace" }),
  }),
});

/** The log goes to standard output, whatever the file says. */
const LOGGING = ["Logging", "LoggingConfig"] as const;
const SETTINGS = Object.keys(queueSettings.shape);

const KEYS = {
  file: { read: ["$schema", "UserConfig"], withoutEffect: LOGGING },
  userConfig: { read: ["Namespaces", "Logging"], withoutEffect: LOGGING },
  logging: { read: ["Type"], withoutEffect: ["Level"] },
  namespace: { read: ["Name", "Queues", "Topics"], withoutEffect: LOGGING },
  // What belongs into Properties has no effect beside them, in Microsoft's emulator as here.
  queue: { read: ["Name", "Properties"], withoutEffect: SETTINGS },
  settings: {
    read: SETTINGS,
    withoutEffect: [
      "AutoDeleteOnIdle",
      "EnableBatchedOperations",
      "EnableExpress",
      "EnablePartitioning",
      "MaxMessageSizeInKilobytes",
      "Status",
      "UserMetadata",
    ],
  },
} as const satisfies Record<string, KnownKeys>;

/**
 * Reads the text of a file in the official emulator's `Config.json` form.
 * @throws {ConfigFileError} naming everything that is wrong.
 */
export function parseConfigFile(text: string): ConfiguredEntities {
  const json = withoutNulls(parsed(text));
  const { errors, warnings } = judgeKeys(json);
  const result = configFile.safeParse(json);
  if (!result.success) errors.unshift(...result.error.issues.map((issue) => problemOf(issue, json)));
  if (!result.success || errors.length > 0) throw new ConfigFileError(errors);
  const { Queues: queues, Topics: topics } = result.data.UserConfig.Namespaces[0];
  rejectRepeatedNames([
    ...queues.map(({ Name }, index) => ({
      name: Name,
      path: ["UserConfig", "Namespaces", 0, "Queues", index, "Name"],
    })),
    ...topics.map(({ Name }, index) => ({
      name: Name,
      path: ["UserConfig", "Namespaces", 0, "Topics", index, "Name"],
    })),
  ]);

  const unsupported = new Map(topics.map(({ Name }) => [Name.toLowerCase(), "topics"]));
  const definitions: QueueDefinition[] = [];
  for (const { Name: name, Properties: properties } of queues) {
    const feature = missingFeature(properties);
    if (feature !== undefined) unsupported.set(name.toLowerCase(), feature);
    else
      definitions.push(
        queueDefinition(name, {
          lockDurationMs: properties.LockDuration,
          maxDeliveryCount: properties.MaxDeliveryCount,
          defaultTimeToLiveMs: properties.DefaultMessageTimeToLive,
          deadLetteringOnExpiration: properties.DeadLetteringOnMessageExpiration,
          maxSizeMegabytes: properties.MaxSizeInMegabytes,
          requiresDuplicateDetection: properties.RequiresDuplicateDetection,
          duplicateDetectionWindowMs: properties.DuplicateDetectionHistoryTimeWindow,
        }),
      );
  }
  if (definitions.length === 0) {
    const rest =
      unsupported.size === 0 ? "none" : `only ${[...unsupported].map(([name, what]) => `${name}: ${what}`).join(", ")}`;
    throw new ConfigFileError([
      `UserConfig.Namespaces[0].Queues: want at least one queue that can be used (got ${rest})`,
    ]);
  }
  return { queues: definitions, unsupported, warnings };
}

/** Every key that is not read, as an error where it is mistyped, and else as a warning. */
function judgeKeys(json: unknown): { errors: string[]; warnings: string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  function judge(value: unknown, known: KnownKeys, path: Path): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
    for (const { key, isError, message } of unreadKeys(value, known)) {
      (isError ? errors : warnings).push(`${shownPath([...path, key])}: ${message}`);
    }
    return value as Record<string, unknown>;
  }
  const { UserConfig: userConfig } = judge(json, KEYS.file, []);
  const path = ["UserConfig"];
  const { Namespaces: namespaces, Logging: logging } = judge(userConfig, KEYS.userConfig, path);
  judge(logging, KEYS.logging, [...path, "Logging"]);
  listOf(namespaces).forEach((one, index) => {
    const namespacePath = [...path, "Namespaces", index];
    const { Queues: queues } = judge(one, KEYS.namespace, namespacePath);
    listOf(queues).forEach((each, queueIndex) => {
      const queuePath = [...namespacePath, "Queues", queueIndex];
      const { Properties: settings } = judge(each, KEYS.queue, queuePath);
      judge(settings, KEYS.settings, [...queuePath, "Properties"]);
    });
  });
  return { errors, warnings };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parsed(text: string): unknown {
  try {
    // Editors on Windows put a byte order mark first.
    return parseJson(withoutComments(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ConfigFileError([error.message]);
    throw error;
  }
}

function missingFeature(properties: z.infer<typeof queueSettings>): string | undefined {
  if (properties.RequiresSession) return "sessions";
  if (properties.ForwardTo !== "") return "forwarding";
  if (properties.ForwardDeadLetteredMessagesTo !== "") return "forwarding of dead letters";
  return undefined;
}

type Path = readonly PropertyKey[];

function rejectRepeatedNames(named: readonly { name: string; path: Path }[]): void {
  const first = new Map<string, Path>();
  const problems: string[] = [];
  for (const { name, path } of named) {
    const other = first.get(name.toLowerCase());
    if (other === undefined) first.set(name.toLowerCase(), path);
    else
      problems.push(
        `${shownPath(path)}: want each name once, whatever its case (got "${name}", as ${shownPath(other)})`,
      );
  }
  if (problems.length > 0) throw new ConfigFileError(problems);
}

function problemOf(issue: z.core.$ZodIssue, json: unknown): string {
  const want = issue.message.startsWith("want ") ? issue.message : issue.message.replace(/^Invalid input: /, "");
  return `${shownPath(issue.path)}: ${want} (got ${shownValue(valueAt(json, issue.path))})`;
}

/** As in `UserConfig.Namespaces[0].Queues[2].Name`. */
function shownPath(path: Path): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.replace(/^\./, "") || "the file";
}

function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}

function valueAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    json,
  );
}
