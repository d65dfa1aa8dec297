import { ConfigFileError, parseConfigFile } from "../../../src/servicebus-emulator/config/configFile.ts";

/**
 * Files in the forms that public repositories have for Microsoft's emulator: its installer's sample, Testcontainers in Java, .NET, Python and Go,
 * .NET Aspire's generated file, converters from ServiceBusExplorer, and lists of queues by hand.
 */

/** Written out in full, as most copy it from the sample. */
const FULL = {
  DeadLetteringOnMessageExpiration: false,
  DefaultMessageTimeToLive: "PT1H",
  DuplicateDetectionHistoryTimeWindow: "PT20S",
  ForwardDeadLetteredMessagesTo: "",
  ForwardTo: "",
  LockDuration: "PT1M",
  MaxDeliveryCount: 10,
  RequiresDuplicateDetection: false,
  RequiresSession: false,
};
const AZURE = {
  ...FULL,
  EnableBatchedOperations: true,
  EnableExpress: false,
  EnablePartitioning: false,
  MaxMessageSizeInKilobytes: 256,
  MaxSizeInMegabytes: 1_024,
};
const NEVER = "P10675199DT2H48M5.4775807S";
const SUBSCRIPTION = {
  Name: "subscription.1",
  Properties: {
    DeadLetteringOnMessageExpiration: false,
    LockDuration: "PT1M",
    MaxDeliveryCount: 3,
    RequiresSession: false,
  },
  Rules: [
    {
      Name: "app-prop-filter-1",
      Properties: { FilterType: "Correlation", CorrelationFilter: { ContentType: "application/text" } },
    },
    {
      Name: "sql",
      Properties: {
        FilterType: "Sql",
        SqlFilter: { SqlExpression: "priority = 'High'" },
        Action: { SqlExpression: "SET sys.To = 'x'" },
      },
    },
  ],
};
const TOPIC = { Name: "topic.1", Properties: { DefaultMessageTimeToLive: "PT1H" }, Subscriptions: [SUBSCRIPTION] };

const queue = (Name: string, Properties: object = FULL): object => ({ Name, Properties });
const file = (namespace: object, logging: object = { Logging: { Type: "File" } }): string =>
  JSON.stringify({ UserConfig: { Namespaces: [{ Name: "sbemulatorns", ...namespace }], ...logging } });

interface Form {
  readonly text: string;
  /** Queues that can be used. */
  readonly queues: readonly string[];
  /** What is refused when it is used, and by which name. */
  readonly refused?: Readonly<Record<string, string>>;
  /** What each warning says of which key. */
  readonly warnings?: readonly RegExp[];
}

const STARTS: Readonly<Record<string, Form>> = {
  "the installer's sample: a queue, a topic with correlation and SQL rules": {
    text: file({ Queues: [queue("queue.1")], Topics: [TOPIC] }),
    queues: ["queue.1"],
    refused: { "topic.1": "topics" },
  },
  "one queue in full, an empty list of topics, log on the console": {
    text: file({ Queues: [queue("pipeline")], Topics: [] }, { Logging: { Type: "Console" } }),
    queues: ["pipeline"],
  },
  "queues only, without Topics": { text: file({ Queues: [queue("events")] }), queues: ["events"] },
  "no Logging": { text: file({ Queues: [queue("events")] }, {}), queues: ["events"] },
  "all that Azure's portal and templates have": {
    text: file({ Queues: [queue("events", AZURE)], Topics: [] }),
    queues: ["events"],
    warnings: [/EnableBatchedOperations/, /EnableExpress/, /EnablePartitioning/, /MaxMessageSizeInKilobytes/],
  },
  "names only": { text: file({ Queues: [{ Name: "a" }, { Name: "b" }] }), queues: ["a", "b"] },
  "names with empty Properties, as Aspire writes them": {
    text: file({ Name: "servicebusns", Queues: [queue("queue1", {})], Topics: [] }, { Logging: { Type: "File" } }),
    queues: ["queue1"],
  },
  "some properties left out": {
    text: file({ Queues: [queue("jobs", { LockDuration: "PT5M", MaxDeliveryCount: 5, RequiresSession: false })] }),
    queues: ["jobs"],
  },
  "a queue with sessions beside one without": {
    text: file({ Queues: [queue("test", { RequiresSession: false }), queue("reply", { RequiresSession: true })] }),
    queues: ["test"],
    refused: { reply: "sessions" },
  },
  "a queue that forwards, one that forwards its dead letters, and their target": {
    text: file({
      Queues: [
        queue("in", { ...FULL, ForwardTo: "work" }),
        queue("failing", { ...FULL, ForwardDeadLetteredMessagesTo: "work" }),
        queue("work"),
      ],
    }),
    queues: ["work"],
    refused: { in: "forwarding", failing: "forwarding of dead letters" },
  },
  "durations without end and in days, as exports of a namespace have them": {
    text: file({
      Queues: [
        queue("export", {
          ...FULL,
          DefaultMessageTimeToLive: NEVER,
          DuplicateDetectionHistoryTimeWindow: "P7D",
          AutoDeleteOnIdle: NEVER,
        }),
      ],
    }),
    queues: ["export"],
    warnings: [/AutoDeleteOnIdle/],
  },
  "dotted names and names with a slash": {
    text: file({ Queues: [queue("message-patterns.claim-check"), queue("orders/eu")] }),
    queues: ["message-patterns.claim-check", "orders/eu"],
  },
  "a namespace with Properties of its own": {
    text: file({ Properties: { MaxAllowedConnections: 100 }, Queues: [queue("bench")] }),
    queues: ["bench"],
    warnings: [/Properties: is not known/],
  },
  "a level of the log, and LoggingConfig": {
    text: file({ Queues: [queue("a")] }, { Logging: { Type: "Console", Level: "Debug" }, LoggingConfig: {} }),
    queues: ["a"],
    warnings: [/LoggingConfig/, /Logging.Level/],
  },
  "Logging at the top, beside UserConfig": {
    text: JSON.stringify({ UserConfig: { Namespaces: [{ Queues: [queue("a")] }] }, Logging: { Type: "File" } }),
    queues: ["a"],
    warnings: [/^Logging/],
  },
  "MaxDeliveryCount beside Properties": {
    text: file({ Queues: [{ Name: "a", MaxDeliveryCount: 5, Properties: FULL }] }),
    queues: ["a"],
    warnings: [/Queues\[0\]\.MaxDeliveryCount/],
  },
  "comments and trailing commas": {
    text: `{ // the emulator's\n"UserConfig": { "Namespaces": [{ "Name": "sbemulatorns", "Queues": [{ "Name": "a", }, /* later */ ], }], }, }`,
    queues: ["a"],
  },
  "nulls, as serializers write what is not set": {
    text: file({ Queues: [queue("a", { ...FULL, ForwardTo: null, MaxDeliveryCount: null })], Topics: null }),
    queues: ["a"],
  },
  "a byte order mark and a schema": {
    text: `\uFEFF${JSON.stringify({ $schema: "./Config-schema.json", UserConfig: { Namespaces: [{ Queues: [queue("a")] }] } })}`,
    queues: ["a"],
  },
};

it.each(Object.entries(STARTS))("starts with %s", (_, { text, queues, refused = {}, warnings = [] }) => {
  const entities = parseConfigFile(text);
  expect(entities.queues.map(({ name }) => name)).toEqual(queues);
  expect(Object.fromEntries(entities.unsupported)).toEqual(refused);
  expect(entities.warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning) as unknown));
});

const FAILS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "topics only": [
    file({ Queues: [], Topics: [TOPIC] }),
    /Queues: want at least one queue that can be used \(got only topic\.1: topics\)/,
  ],
  "sessions only": [file({ Queues: [queue("a", { RequiresSession: true })] }), /got only a: sessions/],
  "no entity at all": [file({ Queues: [], Topics: [] }), /got none/],
  "a duration of .NET": [
    file({ Queues: [queue("a", { LockDuration: "00:01:00" })] }),
    /LockDuration: want an ISO 8601 duration .* \(got "00:01:00"\)/,
  ],
  "a lock longer than Azure's longest": [
    file({ Queues: [queue("a", { LockDuration: "PT10M" })] }),
    /LockDuration: want .* to PT5M/,
  ],
  "numbers and booleans as text, as in templates": [
    file({ Queues: [queue("a", { MaxDeliveryCount: "10" })] }),
    /MaxDeliveryCount: expected number/,
  ],
  "two namespaces": [
    JSON.stringify({ UserConfig: { Namespaces: [{ Queues: [] }, { Queues: [] }] } }),
    /want exactly one namespace/,
  ],
  "a template of Azure instead": [
    JSON.stringify({ resources: [{ type: "Microsoft.ServiceBus/namespaces" }] }),
    /UserConfig: expected object/,
  ],
};

it.each(Object.entries(FAILS))("does not start with %s, and says why", (_, [text, problem]) => {
  expect(() => parseConfigFile(text)).toThrow(ConfigFileError);
  expect(() => parseConfigFile(text)).toThrow(problem);
});
