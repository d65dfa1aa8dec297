import { UNLIMITED_MS } from "../../../src/servicebus-emulator/model/properties.ts";
import { ConfigFileError, parseConfigFile } from "../../../src/servicebus-emulator/config/configFile.ts";

/** A file with this for its one namespace. */
function file(namespace: object): string {
  const config = { UserConfig: { Namespaces: [{ Name: "sbemulatorns", ...namespace }], Logging: { Type: "File" } } };
  return JSON.stringify(config);
}

function problems(text: string): readonly string[] {
  try {
    parseConfigFile(text);
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems;
    throw error;
  }
  throw new Error("the file was taken");
}

const QUEUES = "UserConfig.Namespaces[0].Queues";

it("takes every property of a queue", () => {
  const { queues, unsupported } = parseConfigFile(
    file({
      Queues: [
        {
          Name: "Orders/eu",
          Properties: {
            DeadLetteringOnMessageExpiration: true,
            DefaultMessageTimeToLive: "P10675199DT2H48M5.4775807S",
            DuplicateDetectionHistoryTimeWindow: "PT10M",
            ForwardDeadLetteredMessagesTo: "",
            ForwardTo: "",
            LockDuration: "PT30S",
            MaxDeliveryCount: 10,
            RequiresDuplicateDetection: true,
            RequiresSession: false,
          },
        },
      ],
      Topics: [],
    }),
  );
  expect(unsupported.size).toBe(0);
  expect(queues).toEqual([
    {
      name: "Orders/eu",
      properties: {
        lockDurationMs: 30_000,
        maxDeliveryCount: 10,
        defaultTimeToLiveMs: UNLIMITED_MS,
        deadLetteringOnExpiration: true,
        requiresDuplicateDetection: true,
        duplicateDetectionWindowMs: 600_000,
        maxSizeMegabytes: 1_024,
        status: "Active",
        userMetadata: "",
        autoDeleteOnIdleMs: UNLIMITED_MS,
        enableBatchedOperations: true,
      },
    },
  ]);
});

it("has the official emulator's defaults", () => {
  expect(parseConfigFile(file({ Queues: [{ Name: "a" }] })).queues[0]?.properties).toMatchObject({
    lockDurationMs: 60_000,
    maxDeliveryCount: 3,
    defaultTimeToLiveMs: 3_600_000,
    deadLetteringOnExpiration: false,
    requiresDuplicateDetection: false,
    duplicateDetectionWindowMs: 20_000,
  });
});

it("takes a file with a byte order mark, a schema, and without topics and logging", () => {
  const namespaces = [{ Name: "ns", Queues: [{ Name: "a" }] }];
  const text = JSON.stringify({ $schema: "./schema.json", UserConfig: { Namespaces: namespaces } });
  const { queues, warnings } = parseConfigFile(`\uFEFF${text}`);
  expect(queues).toHaveLength(1);
  expect(warnings).toEqual([]);
});

it("takes files as people have them: comments, trailing commas, nulls, and what has no effect here, with a warning", () => {
  const text = `{
    // made by hand, "quoted"
    "UserConfig": { /* one, two, */
      "Namespaces": [{
        "Name": "sbemulatorns",
        "Topics": null,
        "Queues": [{
          "Name": "url//orders",
          "MaxDeliveryCount": 5,
          "Properties": {
            "MaxSizeInMegabytes": 2048, "ForwardTo": null, "EnableBatchedOperations": true, "EnableExpress": false,
            "EnablePartitioning": false, "MaxMessageSizeInKilobytes": 1024, "Colour": 1,
          },
        },],
        "Logging": { "Type": "Console" },
      }],
      "Logging": { "Type": "File", "Level": "Debug" },
      "LoggingConfig": {},
    },
  }`;
  const { queues, warnings } = parseConfigFile(text);
  expect(queues).toMatchObject([{ name: "url//orders", properties: { maxSizeMegabytes: 2_048, maxDeliveryCount: 3 } }]);
  const noEffect = (path: string): string => `${path}: has no effect in this emulator`;
  expect(warnings).toEqual([
    noEffect("UserConfig.LoggingConfig"),
    noEffect("UserConfig.Logging.Level"),
    noEffect("UserConfig.Namespaces[0].Logging"),
    noEffect(`${QUEUES}[0].MaxDeliveryCount`),
    noEffect(`${QUEUES}[0].Properties.EnableBatchedOperations`),
    noEffect(`${QUEUES}[0].Properties.EnableExpress`),
    noEffect(`${QUEUES}[0].Properties.EnablePartitioning`),
    noEffect(`${QUEUES}[0].Properties.MaxMessageSizeInKilobytes`),
    `${QUEUES}[0].Properties.Colour: is not known and has no effect`,
  ]);
});

it.each([
  ["no queue", { Queues: [] }, "none"],
  ["topics only", { Topics: [{ Name: "news" }] }, "only news: topics"],
])("rejects a file with %s", (_what, namespace, got) => {
  expect(problems(file(namespace))).toEqual([`${QUEUES}: want at least one queue that can be used (got ${got})`]);
});

it("puts aside what it does not do, and takes the rest", () => {
  const { queues, unsupported } = parseConfigFile(
    file({
      Queues: [
        { Name: "plain" },
        { Name: "Sessions", Properties: { RequiresSession: true } },
        { Name: "forwards", Properties: { ForwardTo: "plain" } },
        { Name: "forwards-dead", Properties: { ForwardDeadLetteredMessagesTo: "plain" } },
      ],
      Topics: [{ Name: "Topic.1", Properties: {}, Subscriptions: [{ Name: "s", Rules: [{ whatever: 1 }] }] }],
    }),
  );
  expect(queues.map(({ name }) => name)).toEqual(["plain"]);
  expect([...unsupported]).toEqual([
    ["topic.1", "topics"],
    ["sessions", "sessions"],
    ["forwards", "forwarding"],
    ["forwards-dead", "forwarding of dead letters"],
  ]);
});

it("names everything that is wrong, with its path, what it got and what it wants", () => {
  const text = file({
    Queues: [
      {
        Name: "a b",
        Nome: 1,
        Properties: { LockDuration: "PT6M", MaxDeliveryCount: 0, RequiresSession: "yes", DefaultMessageTimeToLive: 5 },
      },
      { Properties: { DuplicateDetectionHistoryTimeWindow: "20 s", LockDurations: "PT1M" } },
    ],
  });
  const properties = `${QUEUES}[0].Properties`;
  expect(problems(text)).toEqual([
    expect.stringMatching(/^UserConfig\.Namespaces\[0\]\.Queues\[0\]\.Name: want letters.* \(got "a b"\)$/),
    `${properties}.DefaultMessageTimeToLive: expected string, received number (got 5)`,
    `${properties}.LockDuration: want an ISO 8601 duration from PT0.001S to PT5M (got "PT6M")`,
    `${properties}.MaxDeliveryCount: Too small: expected number to be >=1 (got 0)`,
    `${properties}.RequiresSession: expected boolean, received string (got "yes")`,
    `${QUEUES}[1].Name: expected string, received undefined (got nothing)`,
    `${QUEUES}[1].Properties.DuplicateDetectionHistoryTimeWindow: want an ISO 8601 duration from PT1S to P7D (got "20 s")`,
    `${QUEUES}[0].Nome: is not known, want Name`,
    `${QUEUES}[1].Properties.LockDurations: is not known, want LockDuration`,
  ]);
});

it.each([
  [
    "two queues of one name in different cases",
    file({ Queues: [{ Name: "a" }, { Name: "b" }, { Name: "A" }] }),
    `${QUEUES}[2].Name: want each name once, whatever its case (got "A", as ${QUEUES}[0].Name)`,
  ],
  [
    "a queue and a topic of one name",
    file({ Queues: [{ Name: "a" }], Topics: [{ Name: "a" }] }),
    `UserConfig.Namespaces[0].Topics[0].Name: want each name once, whatever its case (got "a", as ${QUEUES}[0].Name)`,
  ],
  [
    "two namespaces",
    JSON.stringify({ UserConfig: { Namespaces: [{ Name: "a" }, { Name: "b" }] } }),
    "UserConfig.Namespaces: want exactly one namespace (got a list of 2)",
  ],
  [
    "no namespace",
    `{"UserConfig":{"Namespaces":[]}}`,
    "UserConfig.Namespaces: want exactly one namespace (got a list of 0)",
  ],
  ["a list", "[]", "the file: expected object, received array (got a list of 0)"],
  ["nothing in it", "{}", "UserConfig: expected object, received undefined (got nothing)"],
])("rejects %s", (_, text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

it.each([
  ["", `line 1, column 1: want a value, got the end of the file`],
  [`{\n  "a": [\n    1,,\n  ]\n}`, `line 4, column 3: want a value, got "]"`],
  [`{"a": 1\r\n "b": 2}`, `line 2, column 2: want "," or "}", got "\\""`],
  [`{"a": [1 2]}`, `line 1, column 10: want "," or "]", got "2"`],
  [`{"a" 1}`, `line 1, column 6: want ":", got "1"`],
  [`{"a": PT1M}`, `line 1, column 7: want a value, got "PT1M"`],
  [`{"a": 01}`, `line 1, column 7: want a value, got "01"`],
  [`{'a': 1}`, `line 1, column 2: want a name in double quotes, got "'"`],
  [`{"a": 1} {}`, `line 1, column 10: want no more than one value, got "{"`],
  [`{"a": "b`, `line 1, column 7: want a string that ends on its line, with \\ before what needs it, got "\\""`],
  [`/ queues\n{}`, `line 1, column 1: want a value, got "/"`],
  [`// queues, a comment\n{"a": /* b */ c}`, `line 2, column 15: want a value, got "c"`],
  [`{"a": [true, null, -1.5e3, "\\u00e9"`, `line 1, column 36: want "," or "]", got the end of the file`],
  [`[[[]], [[], 1`, `line 1, column 14: want "," or "]", got the end of the file`],
])("says where %j is no JSON", (text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

it("gives up on what is nested without end", () => {
  expect(problems("[".repeat(200_000))).toEqual([`line 1, column 101: want at most 100 levels, got "["`]);
});
