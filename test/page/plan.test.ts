import { jest } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { runPlan } from "../../scripts/cli/plan.ts";
import { EXAMPLE_RUN } from "../support/exampleRun.ts";
import { accessibilityViolations, launch, soon, visit } from "./browser.ts";

let browser: Browser;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plan-"));
  const quiet = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  await runPlan(["--from", EXAMPLE_RUN, "--set", "worker.cooldownPeriod=60", "--html", join(folder, "plan.html")]);
  quiet.mockRestore();
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

test.each([
  ["light", 1600],
  ["dark", 390],
] as const)("%s, %i pixels: the charts say what binds at each moment of the forecast", async (colorScheme, width) => {
  const { page, complaints, requests, close } = await visit(browser, pathToFileURL(join(folder, "plan.html")).href, {
    viewport: { width, height: 1000 },
    colorScheme,
  });
  const charts = page.locator(".charts");
  await charts.getByRole("slider").fill("1");
  const why = charts.locator(".why");
  await soon(async () => {
    expect(await why.allTextContents()).toEqual(["no replica: binds: poll", "no replica: binds: poll"]);
  });
  // It was simulated, at no time of day.
  expect(await charts.locator("output").textContent()).toBe("0:01 after the load's start");
  await charts.getByRole("slider").press("End");
  await soon(async () => {
    expect(await why.allTextContents()).toEqual([
      "idle again, and not simulated any longer ",
      "no replica: binds: idle",
    ]);
  });
  expect(await accessibilityViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  expect(requests).toEqual([]);
  await close();
});
