import { readFulfilled } from "./ledger/orders.ts";
import type { RedisAccess } from "./ledger/redisAccess.ts";
import { readSent, type Sent } from "./ledger/sent.ts";
import { abortReason } from "../../model/abortReason.ts";
import { backlogOf } from "./scenarios/queueBacklog.ts";
import type { RunningLoad } from "../../engine/loads/running.ts";
import type { Load } from "../../model/scenario.ts";

/** Orders that are sent for the reads where no scenario before has left any. */
const SEED_ORDERS = 200;

/** Orders that reads can ask for: sent, and waited for until they are processed. */
export interface ExistingOrders {
  /** Those of a scenario that has run. */
  keep(sent: Sent): void;
  /** @returns their ids, at least one. @throws where none is processed in time. */
  read(scenario: string): Promise<string[]>;
}

/** What it takes to send orders and to see them processed. */
interface Surroundings {
  /** Starts a load that sends straight to the bus. */
  startLoad: (load: Load, name: string) => Promise<RunningLoad>;
  redis: RedisAccess;
  drainSeconds: number;
  log: (line: string) => void;
  signal: AbortSignal;
}

export function createExistingOrders(surroundings: Surroundings): ExistingOrders {
  const { redis, drainSeconds, log, signal } = surroundings;
  let accepted: readonly string[] = [];
  return {
    keep: (sent) => {
      if (sent.accepted.length > 0) ({ accepted } = sent);
    },
    read: async (scenario) => {
      if (accepted.length === 0) {
        log(`${scenario}: sending ${SEED_ORDERS} orders to read`);
        ({ accepted } = await seed(surroundings));
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
        if (signal.aborted) throw new Error(abortReason(signal));
        await new Promise((wake) => setTimeout(wake, 1000));
      }
    },
  };
}

async function seed({ startLoad, signal }: Surroundings): Promise<Sent> {
  const running = await startLoad(backlogOf(SEED_ORDERS), "seed");
  const stop = (): void => {
    running.stop("the proof was interrupted");
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await running.result;
    if (result.kind === "broke") throw new Error(`the orders to read could not be sent: ${result.reason}`);
    return await readSent(running.outputFile);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
