import { Registry } from "prom-client";
import { createLastScrape, type LastScrape } from "../../../src/shared/lastScrape.ts";

const HOUR_MS = 3_600_000;

let registry: Registry;
let lastScrape: LastScrape;
let short: AbortController;

beforeEach(() => {
  registry = new Registry();
  lastScrape = createLastScrape(registry);
  short = new AbortController();
});

/** What a scrape sees of it. */
async function scrape(): Promise<string | undefined> {
  return (await registry.metrics()).split("\n").find((line) => line.startsWith("ownsignal_worker_drained "));
}

test("the gauge is 0 while the process works, however often it is scraped", async () => {
  expect([await scrape(), await scrape()]).toEqual(["ownsignal_worker_drained 0", "ownsignal_worker_drained 0"]);
});

test("the wait ends with the first scrape that shows the gauge as 1", async () => {
  await scrape();
  let isOver = false;
  const waiting = lastScrape.wait({ withinMs: HOUR_MS, signal: short.signal }).then(() => (isOver = true));
  await Promise.resolve();
  expect(isOver).toBe(false);
  expect(await scrape()).toBe("ownsignal_worker_drained 1");
  await waiting;
});

test("the wait ends after its limit when no scrape comes", async () => {
  await lastScrape.wait({ withinMs: 20, signal: short.signal });
  expect(await scrape()).toBe("ownsignal_worker_drained 1");
});

test.each(["before", "while"])("the wait ends at once when its signal is aborted %s it waits", async (when) => {
  if (when === "before") short.abort();
  const waiting = lastScrape.wait({ withinMs: HOUR_MS, signal: short.signal });
  short.abort();
  await waiting;
});
