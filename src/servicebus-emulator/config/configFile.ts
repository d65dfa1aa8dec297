import * as z from "zod";
import { JsonSyntaxError, parseJson } from "../../shared/jsonText.ts";
import { queueDefinition, queueName, queueProperties, type QueueDefinition } from "../broker/properties.ts";
import { formatIsoDuration, parseIsoDuration } from "./isoDuration.ts";

/** Entities from a file in the form of Microsoft's emulator. */
export interface ConfiguredEntities {
  readonly queues: readonly QueueDefinition[];
  /**
   * What the file asks for and this emulator does not do, by the entity's path in lower case, as in `topics`. The file is taken all the same,
   * so that people can bring theirs, and these are refused when somebody uses them.
   */
  readonly unsupported: ReadonlyMap<string, string>;
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

/** An object that has these keys and no others: one that is mistyped would be as good as left out. */
function only<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? `want only ${Object.keys(shape).join(", ")}` : undefined),
  });
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
const queue = only({
  Name: queueName,
  Properties: only({
    DeadLetteringOnMessageExpiration: z.boolean().default(false),
    DefaultMessageTimeToLive: duration("defaultTimeToLiveMs").default(60 * 60_000),
    DuplicateDetectionHistoryTimeWindow: duration("duplicateDetectionWindowMs").default(20_000),
    ForwardDeadLetteredMessagesTo: z.string().default(""),
    ForwardTo: z.string().default(""),
    LockDuration: duration("lockDurationMs").default(60_000),
    MaxDeliveryCount: queueProperties.shape.maxDeliveryCount.unwrap().default(3),
    RequiresDuplicateDetection: z.boolean().default(false),
    RequiresSession: z.boolean().default(false),
  }).prefault({}),
});

/** Topics are refused, so what is in them does not matter. */
const topic = z.object({ Name: queueName });

const namespace = only({
  /** Has no effect: there is one namespace, and it goes by any host name. */
  Name: z.string(),
  Queues: z.array(queue).default([]),
  Topics: z.array(topic).default([]),
});

const configFile = only({
  $schema: z.string().optional(),
  UserConfig: only({
    Namespaces: z.tuple([namespace], { error: "want exactly one namespace" }),
    /** Has no effect: the log goes to standard output. */
    Logging: only({ Type: z.string() }).optional(),
  }),
});

/**
 * Reads the text of a file in the official emulator's `Config.json` form.
 * @throws {ConfigFileError} naming everything that is wrong.
 */
export function parseConfigFile(text: string): ConfiguredEntities {
  const json = parsed(text);
  const result = configFile.safeParse(json);
  if (!result.success) throw new ConfigFileError(result.error.issues.flatMap((issue) => problemsOf(issue, json)));
  const { Queues: queues, Topics: topics } = result.data.UserConfig.Namespaces[0];
  refuseRepeatedNames([
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
          requiresDuplicateDetection: properties.RequiresDuplicateDetection,
          duplicateDetectionWindowMs: properties.DuplicateDetectionHistoryTimeWindow,
        }),
      );
  }
  return { queues: definitions, unsupported };
}

function parsed(text: string): unknown {
  try {
    // Editors on Windows put a byte order mark first.
    return parseJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ConfigFileError([error.message]);
    throw error;
  }
}

function missingFeature(properties: z.infer<typeof queue>["Properties"]): string | undefined {
  if (properties.RequiresSession) return "sessions";
  if (properties.ForwardTo !== "") return "forwarding";
  if (properties.ForwardDeadLetteredMessagesTo !== "") return "forwarding of dead letters";
  return undefined;
}

type Path = readonly PropertyKey[];

function refuseRepeatedNames(named: readonly { name: string; path: Path }[]): void {
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

function problemsOf(issue: z.core.$ZodIssue, json: unknown): string[] {
  const want = issue.message.startsWith("want ") ? issue.message : issue.message.replace(/^Invalid input: /, "");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${shownPath([...issue.path, key])}: is not known, ${want}`);
  }
  return [`${shownPath(issue.path)}: ${want} (got ${shownValue(valueAt(json, issue.path))})`];
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
