import { Gauge, type Registry } from "prom-client";
import { milliseconds } from "./environment.ts";
import { pause } from "./pause.ts";

/** As an environment's shape. */
export const lastScrapeEnvironment = {
  /**
   * How long a process that has nothing left to do stays for a last scrape, without which what it counted since the one before is lost with it.
   * A little over the scrape interval is right where its metrics are scraped; 0, where they are not.
   */
  METRICS_LAST_SCRAPE_WAIT_MS: milliseconds.default(0),
};

/** The end of a process as its metrics tell it. */
export interface LastScrape {
  /**
   * Shows by the gauge `ownsignal_worker_drained` that nothing more will be counted, and resolves when a scrape has taken that in, or the time is over.
   * @param options `signal`: leave now; the wait is a courtesy.
   */
  wait(options: { withinMs: number; signal: AbortSignal }): Promise<void>;
}

/** The gauge `ownsignal_worker_drained`, which is 1 in a process's last scrape if that has all that the process ever counted. */
export function createLastScrape(registry: Registry): LastScrape {
  const scraped = new AbortController();
  let isDrained = false;
  new Gauge({
    name: "ownsignal_worker_drained",
    help: "1 when all work has ended and nothing more will be counted, else 0.",
    registers: [registry],
    collect() {
      this.set(isDrained ? 1 : 0);
      if (isDrained) scraped.abort();
    },
  });
  return {
    wait: ({ withinMs, signal }) => {
      isDrained = true;
      return pause(withinMs, AbortSignal.any([signal, scraped.signal]));
    },
  };
}
