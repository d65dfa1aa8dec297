import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { writeReport } from "../../loadtest/report/write.ts";
import { forecastReport } from "../unit/loadtest/forecastFixtures.ts";
import { accessibilityViolations, launch, soon, visit } from "./browser.ts";

/** How many pixels of the replicas' chart have the colour of the band's bounds, which nothing else in it has. */
const BAND_PIXELS = `(() => {
  const canvas = document.querySelectorAll(".charts canvas")[1];
  const hex = getComputedStyle(document.documentElement).getPropertyValue("--forecast").trim();
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255 && data[at] === red && data[at + 1] === green && data[at + 2] === blue) found += 1;
  }
  return found;
})()`;

let browser: Browser;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "page-"));
  await writeReport(forecastReport(), folder);
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

test.each(["light", "dark"] as const)(
  "%s: the forecast is a band, and its name hides all of it",
  async (colorScheme) => {
    const { page, complaints, close } = await visit(browser, pathToFileURL(join(folder, "report.html")).href, {
      viewport: { width: 1600, height: 1000 },
      colorScheme,
    });
    const charts = page.locator(".charts").first();
    await charts.getByRole("slider").fill("20");
    const entry = charts.locator(".legend").nth(1).locator("button").first();
    await soon(async () => {
      expect(await entry.textContent()).toBe("ready, forecast 1 – 8");
    });
    await soon(async () => {
      expect(await page.evaluate<number>(BAND_PIXELS)).toBeGreaterThan(100);
    });
    await entry.click();
    await soon(async () => {
      expect(await page.evaluate<number>(BAND_PIXELS)).toBe(0);
    });
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  },
);
