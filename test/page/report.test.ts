import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { Report } from "../../loadtest/model/report.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import { foreign } from "../unit/loadtest/foreignReport.ts";
import { compared, cutShort, failed, passed, reportWith } from "../unit/loadtest/reportFixtures.ts";
import { accessibilityViolations, launch, visit, soon } from "./browser.ts";

const REPORTS: Record<string, Report> = {
  pass: passed(),
  fail: failed(),
  inconclusive: cutShort(),
  compared: compared(),
  empty: reportWith("inconclusive"),
  foreign: foreign(),
};
const NARROW = { viewport: { width: 360, height: 740 } };
const WIDE = { viewport: { width: 1600, height: 1000 } };

let browser: Browser;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "page-"));
  for (const [name, report] of Object.entries(REPORTS)) {
    await mkdir(join(folder, name));
    await writeReport(report, join(folder, name));
  }
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

function urlOf(name: string): string {
  return pathToFileURL(join(folder, name, "report.html")).href;
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
}

test.each(Object.keys(REPORTS))(
  "%s: the page has no errors, sends no requests, fits its width, and has no accessibility violations",
  async (name) => {
    const { page, complaints, requests, close } = await visit(browser, urlOf(name), NARROW);
    expect(await overflow(page)).toBe(0);
    const tables = await page.locator("details > summary").all();
    for (const summary of tables) await summary.click();
    expect(await overflow(page)).toBe(0);
    // One of them is enough to look at cell by cell.
    for (const summary of tables.slice(1)) await summary.click();
    for (const [size, colorScheme] of [
      [NARROW, "light"],
      [WIDE, "dark"],
    ] as const) {
      await page.setViewportSize(size.viewport);
      await page.emulateMedia({ colorScheme });
      expect(await overflow(page)).toBe(0);
      expect(await accessibilityViolations(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await close();
  },
);

test.each([
  ["narrow and dark", { ...NARROW, colorScheme: "dark" }],
  ["wide and light", { ...WIDE, colorScheme: "light" }],
] as const)("%s: a passed report fits its width and has no accessibility violations", async (_name, options) => {
  const { page, complaints, close } = await visit(browser, urlOf("pass"), options);
  expect(await overflow(page)).toBe(0);
  expect(await accessibilityViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test("the verdict is the first heading, and no heading level is skipped", async () => {
  const { page, close } = await visit(browser, urlOf("fail"), WIDE);
  const levels = await page.evaluate<number[]>(
    "[...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => Number(tagName.slice(1)))",
  );
  expect(await page.locator("h1").allTextContents()).toEqual(["Fail: 1 of 5 assertions did not hold"]);
  expect(levels[0]).toBe(1);
  for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  await close();
});

test("text from the cluster is escaped", async () => {
  const { page, close } = await visit(browser, urlOf("fail"), WIDE);
  expect(await page.locator("img, iframe").count()).toBe(0);
  expect(await page.title()).toBe("FAIL · ownsignal proof · 2026-11-21 18:26:32 UTC");
  expect(await page.locator("main").textContent()).toContain(`<b>'quoted'</b>`);
  await close();
});

test("the slider moves through the moments by keyboard, and the explanation follows", async () => {
  const { page, close } = await visit(browser, urlOf("pass"), WIDE);
  await page.keyboard.press("Tab");
  await soon(async () => {
    expect(await focused(page)).toBe("Skip to the scenarios");
  });
  await soon(async () => {
    expect(await page.evaluate<boolean>("document.activeElement.getBoundingClientRect().top >= 0")).toBe(true);
  });

  const slider = page.getByRole("slider").first();
  await slider.focus();
  await soon(async () => {
    expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).not.toBe("none");
  });
  const why = page.locator(".why").first();
  // It begins where all were ready for the first time.
  await soon(async () => {
    expect(await why.textContent()).toBe(
      "8 replicas ready: 3,256 messages / 50 per replica = 66; capped at maxReplicas 8",
    );
  });
  for (let step = 0; step < 6; step++) await page.keyboard.press("ArrowLeft");
  await soon(async () => {
    expect(await why.textContent()).toBe(
      "4 replicas ready: 4,000 messages / 50 per replica = 80; not decided yet, or limited by the scale-up policies",
    );
  });
  await soon(async () => {
    expect(await slider.getAttribute("aria-valuetext")).toContain("0:06 after the load's start");
  });
  await soon(async () => {
    expect(await slider.getAttribute("aria-valuetext")).toContain("api: 1 replica ready");
  });
  await page.keyboard.press("Home");
  await soon(async () => {
    expect(await why.textContent()).toBe("no replica: queue empty");
  });

  const ready = page.getByRole("button", { name: "ready" }).first();
  await ready.focus();
  await page.keyboard.press("Space");
  await soon(async () => {
    expect(await ready.getAttribute("aria-pressed")).toBe("false");
  });
  await close();
});

async function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.textContent");
}

test("the pointer selects the same moment in every chart, and leaving restores the chosen one", async () => {
  const { page, close } = await visit(browser, urlOf("pass"), WIDE);
  const charts = page.locator(".charts").first();
  const output = charts.locator("output");
  const before = await output.textContent();
  await charts
    .locator(".u-over")
    .first()
    .hover({ position: { x: 40, y: 40 } });
  await soon(async () => {
    expect(await output.textContent()).not.toBe(before);
  });
  const lines = await page.evaluate<string[]>(
    "[...document.querySelector('.charts').querySelectorAll('.moment-line')].map(({ style }) => style.left)",
  );
  expect(lines).toHaveLength(4);
  expect(new Set(lines).size).toBe(1);
  await page.mouse.move(2, 2);
  await soon(async () => {
    expect(await output.textContent()).toBe(before);
  });
  await close();
});

test("both autoscalers' charts count from their own load's start", async () => {
  const { page, close } = await visit(browser, urlOf("compared"), WIDE);
  const views = page.locator(".charts");
  const moments: (string | null)[] = [];
  for (const charts of [views.first(), views.last()]) {
    await charts.getByRole("slider").fill("30");
    moments.push(await charts.locator("output").textContent());
  }
  expect(moments[0]).toContain("0:20");
  expect(moments[1]).toBe(moments[0]);
  await close();
});

test("unread and absent moments have no curve and no zero, and are labelled", async () => {
  const { page, close } = await visit(browser, urlOf("inconclusive"), WIDE);
  const charts = page.locator(".charts").first();
  await charts.getByRole("slider").fill("30");
  await soon(async () => {
    expect(await charts.locator(".why").first().textContent()).toContain(
      "replicas not read: HorizontalPodAutoscaler api",
    );
  });
  await soon(async () => {
    expect(await valuesOf(charts.locator(".legend").nth(1))).toEqual(Array(5).fill("not read"));
  });
  await charts.getByRole("slider").fill("60");
  await soon(async () => {
    expect(await charts.locator(".why").first().textContent()).toBe("there is no workload worker ");
  });
  await soon(async () => {
    expect((await valuesOf(charts.locator(".legend").nth(1))).slice(0, 2)).toEqual(["none", "none"]);
  });

  await charts.locator("summary").click();
  const row = charts.getByRole("row", { name: /^0:20/ });
  await soon(async () => {
    expect(await row.getByRole("cell").allTextContents()).toEqual(Array(7).fill("not read"));
  });

  // The signal's own colour, in the middle of the gap and before it.
  const curve = (share: number): Promise<number> => coloured(page, share, "--signal");
  await soon(async () => {
    expect(await curve(15 / 70)).toBeGreaterThan(0);
  });
  await soon(async () => {
    expect(await curve(30 / 70)).toBe(0);
  });
  await close();
});

async function valuesOf(legend: ReturnType<Page["locator"]>): Promise<string[]> {
  return legend.locator(".value").allTextContents();
}

/** How many pixels of a colour the first chart has in a narrow column at a share of its width. */
async function coloured(page: Page, share: number, property: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector(".charts canvas");
    const over = document.querySelector(".charts .u-over");
    const scale = canvas.width / canvas.getBoundingClientRect().width;
    const left = (parseFloat(over.style.left) + over.clientWidth * ${share}) * scale;
    const { data } = canvas.getContext("2d").getImageData(left - 6, 0, 12, canvas.height);
    const hex = getComputedStyle(document.documentElement).getPropertyValue("${property}").trim();
    const desired = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (desired.every((value, index) => Math.abs(data[at + index] - value) < 24)) count++;
    return count;
  })()`);
}

test("a comparison has its own charts, and its figures beside the deployed ones", async () => {
  const { page, close } = await visit(browser, urlOf("compared"), WIDE);
  expect(await page.locator(".charts canvas").count()).toBe(12);
  const row = page.getByRole("row", { name: /^pod-seconds of worker/ });
  expect((await row.getByRole("cell").allTextContents()).map((text) => text.trim())).toEqual(["388", "900", "×2.3"]);
  await close();
});

test("any workloads have a track each, a chart for each metric, and their repeats at the top", async () => {
  const { page, close } = await visit(browser, urlOf("foreign"), WIDE);
  const charts = page.locator(".charts").first();
  expect(await charts.getByRole("heading").allTextContents()).toEqual([
    "mailerunder test",
    "cachecontrol",
    "web",
    "queue audit",
  ]);
  expect(await charts.locator(".panel-title").allTextContents()).toEqual([
    ...["Signal: s0-redis-emails, all replicas together", "Signal: s1-cron-Etc-UTC, all replicas together"],
    ...["Desired vs ready replicas", "Desired vs ready replicas"],
    ...[
      "Signal: CPU in % of its request",
      "Signal: http_requests_per_second",
      "Signal: memory in MiB for each replica",
    ],
    ...["Desired vs ready replicas", "Signal: messages on audit waiting or locked"],
  ]);
  const memory = charts.locator(".legend").nth(6);
  expect(await valuesOf(memory)).toEqual(["180 MiB", "256 MiB"]);
  const runs = page.locator(".runs li");
  expect((await runs.allTextContents()).map((text) => text.replace(/\s+/g, " ").trim())).toEqual([
    "1 ✓ pass",
    "2 ✗ fail",
  ]);
  expect(await page.locator("main h2").first().textContent()).toBe("Repeats");
  await close();
});
