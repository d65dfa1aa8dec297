import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embedded } from "../../scripts/cluster/embedded/embedded.ts";
import { HOST_ADDRESS } from "../../scripts/cluster/embedded/layout.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { say, step } from "../../scripts/process/progress.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { makeCertificateOnDemand } from "../../scripts/setup/certificateOnDemand.ts";
import { rolledOut } from "../../scripts/setup/rolledOut.ts";
import * as z from "zod";
import { startRedis } from "../support/redis.ts";

/*
 * Proves overlay azure on the embedded cluster, with stand-ins for what only Azure has: `npm run test:azure [OPTION OF prove]...`, after ./scripts/up.
 * What that shows and what not is in docs/how-to/azure.md.
 */

const NAMESPACE = "orders";
const BUS_NAMESPACE = "orders-dev";
const BUS = join(import.meta.dirname, "bus");
const OVERLAY = join(import.meta.dirname, "overlay");
/** With what has to be encoded in a URL, as an access key of Azure has. */
const REDIS_KEY = "stand-in+key/=";
const INCONCLUSIVE = 2;

const data = z.object({ data: z.record(z.string(), z.string()) });

await runMain(async () => {
  const cluster = await embedded.attach();
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-azure-"));
  const certificate = await makeCertificateOnDemand([HOST_ADDRESS]);
  const redis = await step(`starting a Redis with TLS and a key outside the cluster, at ${HOST_ADDRESS}`, () =>
    startRedis({ certificate, key: REDIS_KEY, address: HOST_ADDRESS }),
  );
  try {
    await step("deploying overlay azure with its stand-ins", () =>
      deploy(cluster, { redisUrl: redis.url, authority: certificate.authority }),
    );
    const { connection } = await secretOf(cluster, "servicebus-loadtest");
    const authorities = join(folder, "authorities.pem");
    const { "ca.crt": busAuthority = "" } = await secretOf(cluster, "servicebus-emulator-tls");
    await writeFile(authorities, `${busAuthority}\n${certificate.authority}`);
    return await prove({
      SERVICEBUS_CONNECTION_STRING: connection ?? "",
      // Node's own and k6's, which would know the CAs of Azure.
      NODE_EXTRA_CA_CERTS: authorities,
      SSL_CERT_FILE: authorities,
    });
  } finally {
    await step("deleting what was deployed", () => remove(cluster));
    await redis.close();
    await rm(folder, { recursive: true });
  }
});

/** Namespace and Secrets first, since pods do not start without them. */
async function deploy(cluster: Cluster, of: { redisUrl: string; authority: string }): Promise<void> {
  const rendered = await cluster.kubectl(["kustomize", OVERLAY]);
  const namespace = rendered.split(/^---$/m).find((one) => /^kind: Namespace$/m.test(one));
  if (namespace === undefined) throw new Error(`${OVERLAY} renders no Namespace`);
  await cluster.kubectl(["apply", "-f", "-"], namespace);
  const secrets = [
    ...(await Promise.all(["api", "worker", "keda"].map((holder) => `servicebus-${holder}`).map(copied))),
    ...["api", "worker"].map((name) => secret(`redis-url-${name}`, { url: of.redisUrl })),
    secret("redis-ca", { "ca.crt": of.authority }),
  ];
  await cluster.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: secrets }));
  await cluster.kubectl(["apply", "-k", BUS]);
  await rolledOut(cluster, BUS_NAMESPACE, "statefulset/servicebus-emulator");
  await cluster.kubectl(["apply", "-k", OVERLAY]);
  await rolledOut(cluster, NAMESPACE, "deployment/api");
  await cluster.kubectl([
    ...["-n", NAMESPACE, "wait", "--for=condition=Ready", "scaledobject/worker", "--timeout=180s"],
  ]);

  async function copied(name: string): Promise<object> {
    return secret(name, await secretOf(cluster, name));
  }
}

async function remove(cluster: Cluster): Promise<void> {
  await cluster.kubectl(["delete", "-k", BUS, "--ignore-not-found"]);
  await cluster.kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
}

/** A Secret that `./scripts/up` made, by its keys. */
async function secretOf(cluster: Cluster, name: string): Promise<Record<string, string>> {
  const text = await cluster.kubectl(["-n", BUS_NAMESPACE, "get", "secret", name, "-o", "json"]);
  const entries = Object.entries(data.parse(JSON.parse(text)).data);
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: NAMESPACE }, stringData };
}

/** `./scripts/prove` as a person would call it. @returns its exit code. */
async function prove(environment: Record<string, string>): Promise<number> {
  const options = process.argv.slice(2);
  const args = ["--overlay", "azure", ...(options.length === 0 ? ["--scenario", "queue-backlog"] : options)];
  say(`==> ./scripts/prove ${args.join(" ")}`);
  const child = spawn(process.execPath, [join(ROOT, "scripts/commands/prove.ts"), ...args], {
    env: { ...process.env, CLUSTER: "embedded", ...environment },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? INCONCLUSIVE;
}
