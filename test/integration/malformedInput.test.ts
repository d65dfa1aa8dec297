import { tmpdir } from "node:os";
import { fuzzConfigFiles } from "../slow/fuzz/configFiles.ts";
import { fuzz } from "../slow/fuzz/fuzz.ts";
import { seedOfRun } from "../slow/support/random.ts";

const MEBIBYTE = 2 ** 20;

// The long form is test/slow/fuzz.test.ts.
it("takes malformed AMQP, HTTP, tokens and XML without a crash, a hang, or growth", async () => {
  const summary = await fuzz({ connections: 800, seed: seedOfRun(), parent: tmpdir() });
  expect(summary.endBytes - summary.warmBytes).toBeLessThan(64 * MEBIBYTE);
}, 120_000);

it("tells what is wrong with configuration files", () => {
  expect(fuzzConfigFiles({ files: 3_000, seed: seedOfRun() })).toBeGreaterThan(1_000);
});
