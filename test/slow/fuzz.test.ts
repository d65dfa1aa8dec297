import { tmpdir } from "node:os";
import { fuzzConfigFiles } from "./fuzz/configFiles.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { slowClients } from "./fuzz/slowClients.ts";
import { startEmulatorProcess } from "../../bench/support/emulatorProcess.ts";
import { say } from "../support/progress.ts";
import { seedOfRun } from "../support/seed.ts";
import { createSite } from "../../bench/support/site.ts";

const MEBIBYTE = 2 ** 20;
const SLOW_CLIENT_LIMIT_MS = 150_000;

it("the emulator survives 20,000 malformed connections without a crash, a hang or growth of memory", async () => {
  say("fuzz: 20,000 connections, about 6 min");
  const seed = seedOfRun("fuzz");
  const summary = await fuzz({ connections: 20_000, seed, parent: tmpdir() });
  say(`fuzz: ${JSON.stringify(summary)}`);
  expect(summary.endBytes - summary.warmBytes).toBeLessThan(48 * MEBIBYTE);
});

it("the emulator names the error in each invalid one of 100,000 mutated configuration files", () => {
  const seed = seedOfRun("configuration files");
  expect(fuzzConfigFiles({ files: 100_000, seed })).toBeGreaterThan(50_000);
});

it(`the emulator closes connections that make no progress within ${SLOW_CLIENT_LIMIT_MS / 1_000} s`, async () => {
  say(`slow clients: up to ${SLOW_CLIENT_LIMIT_MS / 1_000} s`);
  const site = await createSite({ parent: tmpdir(), queues: ["orders"] });
  const emulator = await startEmulatorProcess(site);
  try {
    const amqp = { port: emulator.amqpPort, authority: undefined };
    const https = { port: emulator.httpsPort, authority: site.authority };
    expect(await slowClients({ amqp, https }, SLOW_CLIENT_LIMIT_MS)).toEqual([]);
    expect(emulator.running).toBe(true);
  } finally {
    await emulator.kill();
    await site.remove();
  }
});
