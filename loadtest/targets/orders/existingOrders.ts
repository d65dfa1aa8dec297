import { readFulfilled } from "./ledger/orders.ts";
import type { Sent } from "./ledger/sent.ts";
import { abortReason } from "../../model/abortReason.ts";
import type { Address } from "../../model/endpoint.ts";
import { backlogOf } from "./scenarios/queueBacklog.ts";
import type { ScenarioEnvironment } from "../../engine/scenarioEnvironment.ts";

/** Orders that are sent for the reads where no scenario before has left any. */
const SEED_ORDERS = 200;

/** Orders that reads can ask for: sent, and waited for until they are processed. */
export interface ExistingOrders {
  /** Those of a scenario that has run. */
  keep(sent: Sent): void;
  /** @returns their ids, at least one. @throws where none is processed in time. */
  read(scenario: string): Promise<string[]>;
}

export function createExistingOrders(options: {
  environment: ScenarioEnvironment;
  busEnvironment: Record<string, string>;
  redis: Address;
  drainSeconds: number;
}): ExistingOrders {
  const { environment, busEnvironment, redis, drainSeconds } = options;
  let accepted: readonly string[] = [];
  return {
    keep: (sent) => {
      if (sent.accepted.length > 0) ({ accepted } = sent);
    },
    read: async (scenario) => {
      if (accepted.length === 0) {
        environment.log(`${scenario}: sending ${SEED_ORDERS} orders to read`);
        ({ accepted } = await seed(environment, busEnvironment));
      }
      const deadlineMs = Date.now() + drainSeconds * 1000;
      for (;;) {
        const processed = await readFulfilled(redis, accepted);
        if (processed.size === accepted.length || (processed.size > 0 && Date.now() > deadlineMs)) {
          return [...processed];
        }
        if (Date.now() > deadlineMs) {
          throw new Error(`none of ${accepted.length} orders was processed: there is nothing to read`);
        }
        if (environment.signal.aborted) throw new Error(abortReason(environment.signal));
        await new Promise((wake) => setTimeout(wake, 1000));
      }
    },
  };
}

async function seed(environment: ScenarioEnvironment, busEnvironment: Record<string, string>): Promise<Sent> {
  const load = backlogOf(SEED_ORDERS);
  const running = await environment.startLoad(
    { ...load, environment: { ...busEnvironment, ...load.environment } },
    "seed",
  );
  const stop = (): void => {
    running.stop("the proof was interrupted");
  };
  environment.signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await running.result;
    if (result.kind === "broke") throw new Error(`the orders to read could not be sent: ${result.reason}`);
    return await environment.readSent(running.outputFile);
  } finally {
    environment.signal.removeEventListener("abort", stop);
  }
}
