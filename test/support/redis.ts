import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { redisBinary } from "../../bench/support/redis.ts";
import type { ServerCertificate } from "../../scripts/setup/certificates.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "../../scripts/process/freePort.ts";
import { startProcess, type TestProcess } from "./process.ts";

/** A real redis-server of the test's own. */
export interface TestRedis {
  readonly url: string;
  /** For looking into it. */
  readonly client: Redis;
  pause(): void;
  resume(): void;
  /** Kills it; what it held is lost. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param secured as a managed Redis is: TLS alone, on loopback by the certificate's name or at another address, and a key that every client has to give.
 */
export async function startRedis(secured?: {
  certificate: ServerCertificate;
  key: string;
  /** An address of this machine that the certificate is for. */
  address?: string;
}): Promise<TestRedis> {
  const port = await freePort();
  const bind = secured?.address ?? "127.0.0.1";
  const directory = await mkdtemp(join(tmpdir(), "ownsignal-redis-"));
  const client = new Redis(port, bind, {
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
    ...(secured === undefined
      ? {}
      : {
          password: secured.key,
          tls: {
            ca: secured.certificate.authority,
            ...(secured.address === undefined ? { servername: "localhost" } : {}),
          },
        }),
  });
  client.on("error", () => undefined);
  let server: TestProcess;

  async function listening(): Promise<string[]> {
    if (secured === undefined) return ["--port", String(port)];
    const { certificate, key } = secured;
    const file = (name: string): string => join(directory, name);
    await Promise.all([
      writeFile(file("tls.crt"), certificate.certificate),
      writeFile(file("tls.key"), certificate.key),
    ]);
    return [
      ...[
        "--port",
        "0",
        "--tls-port",
        String(port),
        "--tls-cert-file",
        file("tls.crt"),
        "--tls-key-file",
        file("tls.key"),
      ],
      ...["--tls-auth-clients", "no", "--requirepass", key],
    ];
  }

  async function start(): Promise<void> {
    server = startProcess(
      redisBinary(),
      [...(await listening()), "--bind", bind, "--save", "", "--maxmemory-policy", "noeviction"],
      { argv0: "redis-server", directory },
    );
    await eventually("redis-server answers", async () => {
      await client.ping();
      return true;
    }).catch(async (error: unknown) => {
      client.disconnect();
      await server.end("SIGKILL");
      throw new Error(`redis-server did not start:\n${server.output()}`, { cause: error });
    });
  }

  await start();
  return {
    url:
      secured === undefined
        ? `redis://127.0.0.1:${port}`
        : `rediss://:${encodeURIComponent(secured.key)}@${secured.address ?? "localhost"}:${port}`,
    client,
    pause: () => {
      server.signal("SIGSTOP");
    },
    resume: () => {
      server.signal("SIGCONT");
    },
    stop: async () => {
      await server.end("SIGKILL");
    },
    restart: start,
    close: async () => {
      client.disconnect();
      await server.end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
