import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { eventually } from "../support/eventually.ts";

/** Debian's, which ./scripts/test installs, or another that `CHROMIUM` names. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** One for all tests of a file. In a container there is no room for Chromium's own sandbox. */
export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false });
}

/** A page, and all that it complained about or reached for. */
export interface Visit {
  page: Page;
  complaints: string[];
  requests: string[];
  close: () => Promise<void>;
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) requests.push(request.url());
  });
  await page.goto(url);
  return { page, complaints, requests, close: () => context.close() };
}

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The accessibility violations that axe-core finds, a line a place. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await page.evaluate(await axeSource);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
  }>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical" || impact === "moderate")
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
}

const SOON_MS = 10_000;

/** Asserts until it holds: a page answers an event when it gets to it. @throws with what the last try threw as its cause. */
export async function soon(assertion: () => Promise<void>): Promise<void> {
  const held = async (): Promise<true> => {
    await assertion();
    return true;
  };
  await eventually("the page shows it", held, SOON_MS);
}
