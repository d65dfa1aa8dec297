import { startProcess } from "../../support/process.ts";
import { eventually } from "../../support/eventually.ts";

function program(text: string): ReturnType<typeof startProcess> {
  const start = `
    import { createLogger } from "./src/shared/logger.ts";
    const log = createLogger("test", "info");
    ${text}
  `;
  return startProcess(process.execPath, ["--input-type=module", "--eval", start]);
}

test("lines of one turn are written together, in order", async () => {
  const logging = program(`
    import fs from "node:fs";
    const write = fs.writeSync;
    fs.writeSync = (...given) => { given[1] += "|"; return write(...given) };
    log.info("one"); log.info("two");
    setTimeout(() => log.info("three"), 50);
    setInterval(() => undefined, 1e6);
  `);
  await eventually("all are written", () => logging.output().includes("three"));
  expect(logging.output().match(/one|two|three|\|/g)).toEqual(["one", "two", "|", "three", "|"]);
  await logging.end("SIGKILL");
});

test.each([
  ["leaves", "process.exit(0)", 0],
  ["fails", "throw new Error('defect')", 1],
])("a process that %s writes its last lines first", async (_how, last, code) => {
  const logging = program(`log.info("last words"); ${last}`);
  expect(await logging.exited).toBe(code);
  expect(logging.output()).toContain('"msg":"last words"');
});
