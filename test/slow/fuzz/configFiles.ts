import { ConfigFileError, parseConfigFile } from "../../../src/servicebus-emulator/config/configFile.ts";
import { createRandom } from "../../support/seed.ts";
import { mutate } from "./mutate.ts";

const GOOD = JSON.stringify({
  UserConfig: {
    Namespaces: [
      {
        Name: "sbemulatorns",
        Queues: [
          {
            Name: "queue.1",
            Properties: {
              DeadLetteringOnMessageExpiration: false,
              DefaultMessageTimeToLive: "PT1H",
              DuplicateDetectionHistoryTimeWindow: "PT20S",
              ForwardDeadLetteredMessagesTo: "",
              ForwardTo: "",
              LockDuration: "PT1M",
              MaxDeliveryCount: 3,
              RequiresDuplicateDetection: false,
              RequiresSession: false,
            },
          },
        ],
        Topics: [{ Name: "topic.1", Subscriptions: [{ Name: "subscription.1" }] }],
      },
    ],
    Logging: { Type: "File" },
  },
});

const EXTREME = [
  "[".repeat(200_000),
  `{"UserConfig":${'{"a":'.repeat(50_000)}`,
  "",
  "null",
  "\uFEFF",
  '{"__proto__":{}}',
] as const;

/**
 * Reads files that are nearly right. A person who wrote one is told what is wrong: no other error may come out.
 * @returns how many were refused.
 */
export function fuzzConfigFiles(options: { files: number; seed: number }): number {
  const random = createRandom(options.seed);
  let refused = 0;
  for (let file = 0; file < options.files; file++) {
    const given = EXTREME[file] ?? mutate(Buffer.from(GOOD), random).toString("utf8");
    try {
      parseConfigFile(given);
    } catch (error) {
      if (!(error instanceof ConfigFileError) || error.problems.length === 0) {
        throw new Error(`SEED=${options.seed}: ${String(error)} for the file ${given.slice(0, 2_000)}`, {
          cause: error,
        });
      }
      refused += 1;
    }
  }
  return refused;
}
