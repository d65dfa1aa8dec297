import { tmpdir } from "node:os";
import { fuzzConfigFiles } from "../slow/fuzz/configFiles.ts";
import { fuzz } from "../slow/fuzz/fuzz.ts";
import { seedOfRun } from "../support/seed.ts";

const MEBIBYTE = 2 ** 20;

// The long form is test/slow/fuzz.test.ts.
it("the emulator survives malformed AMQP, HTTP, tokens and XML without a crash, a hang or growth of memory", async () => {
  const summary = await fuzz({ connections: 800, seed: seedOfRun("fuzz"), parent: tmpdir() });
  expect(summary.endBytes - summary.warmBytes).toBeLessThan(64 * MEBIBYTE);
}, 120_000);

it("the emulator names the error in each invalid one of 3,000 mutated configuration files", () => {
  expect(fuzzConfigFiles({ files: 3_000, seed: seedOfRun("configuration files") })).toBeGreaterThan(1_000);
});
