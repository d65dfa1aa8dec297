import type { Browser } from "playwright-core";
import { frameOf } from "../../loadtest/report/feed.ts";
import { liveHtml } from "../../loadtest/report/html/live.ts";
import type { Sample } from "../../loadtest/model/observed.ts";
import { type LiveServer, startLiveServer } from "../../scripts/watch/server.ts";
import { sampleAt, unreadAt } from "../unit/loadtest/reportSamples.ts";
import { eventually } from "../support/eventually.ts";
import { accessibilityViolations, launch, visit, type Visit } from "./browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

let server: LiveServer;
let opened: Visit[] = [];
beforeEach(async () => {
  server = await startLiveServer(
    await liveHtml({ cluster: "a cluster", namespace: "orders-dev", windowMinutes: 15 }),
    0,
  );
  opened = [];
});
afterEach(async () => {
  for (const { close } of opened) await close();
  await server.close();
});

/** A browser that looks on: its connection is there. */
async function look(options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
  const before = server.browsers;
  const visited = await visit(browser, `http://127.0.0.1:${server.port}/`, options);
  opened.push(visited);
  await eventually("the page asks for its feed", () => server.browsers > before);
  return visited;
}

function show(...samples: Sample[]): void {
  server.publish(() => JSON.stringify(frameOf(samples, { queue: "worker" })));
}

/** What the page says about the worker now. */
const why = (visited: Visit): ReturnType<Visit["page"]["locator"]> => visited.page.locator(".why").first();

test("several browsers show the newest sample", async () => {
  const [one, other] = [await look(), await look()];
  show(sampleAt(0, {}), sampleAt(1, { messages: 500, worker: [1, 0] }));
  for (const visited of [one, other]) {
    await why(visited).getByText("0 of 1 ready: 500 messages / 50 per replica = 10").waitFor();
    expect(await visited.page.locator("#now").textContent()).toContain("500");
  }
  show(sampleAt(0, {}), sampleAt(1, { messages: 500, worker: [1, 0] }), sampleAt(2, { messages: 40, worker: [1, 1] }));
  for (const visited of [one, other]) {
    await why(visited).getByText("1 replica ready: 40 messages / 50 per replica = 1").waitFor();
    expect(visited.complaints).toEqual([]);
    expect(visited.requests).toEqual([`http://127.0.0.1:${server.port}/feed`]);
  }
});

test("after a reload the page has the whole window again", async () => {
  const visited = await look();
  const samples = Array.from({ length: 40 }, (_, second) => sampleAt(second, { messages: second }));
  show(...samples);
  await why(visited).getByText("39 messages").waitFor();
  const before = server.browsers;
  await visited.page.reload();
  await eventually("the page before is closed", () => server.browsers === before);
  await visited.page.waitForFunction("document.getElementById('state') !== null");
  show(...samples);
  await visited.page.getByRole("slider").waitFor();
  expect(await visited.page.getByRole("slider").getAttribute("max")).toBe("39");
});

test("a cluster that cannot be read is shown as a gap with its error, and no zero", async () => {
  const visited = await look();
  show(sampleAt(0, { worker: [2, 2] }), unreadAt(1));
  await visited.page.getByRole("alert").getByText("the API server answered 503").waitFor();
  expect(await why(visited).textContent()).toContain("replicas not read");
  expect(await visited.page.locator("#now dd").allTextContents()).toEqual(Array(6).fill("not read"));
  show(sampleAt(0, { worker: [2, 2] }), unreadAt(1), sampleAt(2, { worker: [2, 2] }));
  await visited.page.getByRole("alert").waitFor({ state: "hidden" });
});

test("a selected earlier moment stays selected while new samples come", async () => {
  const visited = await look();
  const samples = Array.from({ length: 30 }, (_, second) => sampleAt(second, { messages: 1000 + second }));
  show(...samples.slice(0, 12));
  await why(visited).getByText("1,011 messages").waitFor();
  show(...samples.slice(0, 20));
  await why(visited).getByText("1,019 messages").waitFor();
  // The newest is at the right end of the chart.
  await visited.page.waitForFunction(
    "Math.abs(parseFloat(document.querySelector('.moment-line').style.left) - document.querySelector('.u-over').clientWidth) < 1",
  );
  await visited.page.getByRole("slider").fill("5");
  await why(visited).getByText("1,005 messages").waitFor();
  show(...samples.slice(3, 25));
  await visited.page.locator("#now").getByText("1,024").waitFor();
  expect(await why(visited).textContent()).toContain("1,005 messages");
});

test.each([
  ["narrow and dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
  ["wide and light", { viewport: { width: 1600, height: 1000 }, colorScheme: "light" }],
] as const)("%s: the page fits its width and has no accessibility violations", async (_name, options) => {
  const visited = await look(options);
  show(sampleAt(0, {}), unreadAt(1), sampleAt(2, { messages: 500, worker: [3, 2] }));
  await why(visited).getByText("2 of 3 ready").waitFor();
  expect(await visited.page.evaluate<number>("document.documentElement.scrollWidth - innerWidth")).toBe(0);
  expect(await accessibilityViolations(visited.page)).toEqual([]);
  expect(visited.complaints).toEqual([]);
});

test("the page shows that the watching process has ended", async () => {
  const visited = await look();
  show(sampleAt(0, {}));
  await visited.page.getByText("live, last read at").waitFor();
  await server.close();
  await visited.page.getByText("no connection to the watching process; trying again").waitFor();
  // For the clean-up after this test.
  server = await startLiveServer("", 0);
});
