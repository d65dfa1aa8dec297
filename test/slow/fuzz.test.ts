import { tmpdir } from "node:os";
import { fuzzConfigFiles } from "./fuzz/configFiles.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { slowClients } from "./fuzz/slowClients.ts";
import { startEmulatorProcess } from "../../bench/support/emulatorProcess.ts";
import { say } from "./support/progress.ts";
import { seedOfRun } from "./support/random.ts";
import { createSite } from "../../bench/support/site.ts";

const MEBIBYTE = 2 ** 20;
const SLOW_CLIENT_LIMIT_MS = 150_000;

it("takes 20,000 malformed connections without a crash, a hang, or growth", async () => {
  const seed = seedOfRun();
  say(`fuzz: 20,000 connections, about 6 min; seed ${seed}`);
  const summary = await fuzz({ connections: 20_000, seed, parent: tmpdir() });
  say(`fuzz: ${JSON.stringify(summary)}`);
  expect(summary.endBytes - summary.warmBytes).toBeLessThan(48 * MEBIBYTE);
});

it("tells what is wrong with 100,000 configuration files", () => {
  const seed = seedOfRun();
  expect(fuzzConfigFiles({ files: 100_000, seed })).toBeGreaterThan(50_000);
});

it("closes on clients that take their time", async () => {
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
