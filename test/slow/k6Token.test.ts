import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import { startTestBus } from "../conformance/support/testBus.ts";
import { certificateFor } from "../support/certificate.ts";

/** The real k6 with a token of Entra, as where a bus takes no shared keys. Azure itself was not asked. */

const HOST = "shop.servicebus.example";
const TOKEN = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL3NlcnZpY2VidXMuYXp1cmUubmV0In0.c2lnbmVk";
const ORDERS = 250;
/** The first run builds k6. */
const TIMEOUT_MS = 300_000;

let folder: string;
let certificate: Awaited<ReturnType<typeof certificateFor>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-k6-token-"));
  certificate = await certificateFor([HOST]);
  await writeFile(join(folder, "ca.crt"), certificate.authority);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the load against a port of loopback that answers in the bus's name. */
async function runLoad(port: number): Promise<{ exitCode: number | null; output: string; accepted: string[] }> {
  const ids = join(folder, `ids-${port}.txt`);
  const args = ["run", "--quiet", "--no-usage-report", "--console-output", ids, "--log-format", "raw"];
  const child = spawn((await toolset("k6")).binary("k6"), [...args, "loadtest/k6/queue-backlog.ts"], {
    env: {
      ...process.env,
      SERVICEBUS_NAMESPACE: HOST,
      SERVICEBUS_ACCESS_TOKEN: TOKEN,
      SERVICEBUS_ADDRESS: `127.0.0.1:${port}`,
      SSL_CERT_FILE: join(folder, "ca.crt"),
      ORDERS: String(ORDERS),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, "exit") as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  const logged = await readFile(ids, "utf8");
  return {
    exitCode,
    output: stdout + stderr + logged,
    accepted: logged.split("\n").filter((line) => /^[0-9a-f-]{36}$/.test(line)),
  };
}

test(
  "the token goes out as it was given, with every request",
  async () => {
    const seen = new Set<string | undefined>();
    const server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
      seen.add(request.headers.authorization);
      request.resume();
      response.writeHead(request.method === "POST" ? 201 : 401).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { exitCode, accepted } = await runLoad((server.address() as AddressInfo).port);
      expect({ exitCode, accepted: accepted.length }).toEqual({ exitCode: 0, accepted: ORDERS });
      expect([...seen]).toEqual([`Bearer ${TOKEN}`]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
  TIMEOUT_MS,
);

test(
  "the emulator, which knows shared keys only, refuses it: the load fails, with the bus's own words and without the token",
  async () => {
    const bus = await startTestBus({ tls: { cert: certificate.certificate, key: certificate.key } });
    try {
      const { exitCode, output, accepted } = await runLoad(bus.httpsPort);
      expect({ exitCode, accepted }).toEqual({ exitCode: 99, accepted: [] });
      expect(output).toMatch(/the bus answered 401 .*MalformedToken/);
      expect(output).not.toContain(TOKEN);
    } finally {
      await bus.close();
    }
  },
  TIMEOUT_MS,
);
