import { eventually } from "../../support/eventually.ts";
import { startProcess, type TestProcess } from "../../support/process.ts";

/** A service that takes its time to start, and says what it does. */
function slowService(startMs: number): TestProcess {
  const program = `
    import { setTimeout as delay } from "node:timers/promises";
    import { createLogger } from "./src/shared/logger.ts";
    import { runService } from "./src/shared/lifecycle.ts";
    void runService("slow", async () => {
      process.stdout.write("starting\\n");
      await delay(${startMs});
      const log = createLogger("slow", "info");
      return { log, drain: async () => { log.info("all done"); } };
    });
  `;
  return startProcess(process.execPath, ["--input-type=module", "--eval", program]);
}

test("a signal that comes during the start is handled after the start", async () => {
  const service = slowService(500);
  await eventually("it starts", () => service.output().includes("starting"));
  expect(await service.end("SIGTERM")).toBe(0);
  expect(service.output()).toMatch(/starting\n.*"signal":"SIGTERM".*"draining".*\n.*"all done".*\n/);
});

test("a second signal during the start ends the process", async () => {
  const service = slowService(60_000);
  await eventually("it starts", () => service.output().includes("starting"));
  // Two of one kind may be taken for one.
  service.signal("SIGINT");
  expect(await service.end("SIGTERM")).toBe(1);
  expect(service.output()).not.toContain("all done");
});
