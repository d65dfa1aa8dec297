import { randomBytes } from "node:crypto";
import * as z from "zod";
import { applyServerSide } from "../cluster/applyServerSide.ts";
import type { Cluster } from "../cluster/provider.ts";
import { HOLDERS, type Holder } from "./busKeys.ts";
import type { ServerCertificate } from "./certificates.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { isValid } from "./certificateValidity.ts";

const BUS = "servicebus-emulator";
const BUS_HOST = `${BUS}.${DEV_NAMESPACE}.svc.cluster.local`;

const secretList = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), data: z.record(z.string(), z.string()).optional() }),
  ),
});
const keyFile = z.array(
  z.object({ name: z.string(), key: z.string().min(1), secondaryKey: z.string().min(1).optional() }),
);

/** Of a holder, as Azure has them. */
interface KeyPair {
  key: string;
  secondaryKey: string;
}

/**
 * Makes the development namespace and the Secrets that the dev overlay names, and restores what is missing of them; what is
 * there and valid stays. They are neither rendered by kustomize nor kept in git.
 * @param makeCertificate makes a certificate for host names.
 * @returns PEM of the authority that the bus's certificate is checked against.
 * @throws {CliError} when the namespace is not ownsignal's.
 */
export async function ensureSecrets(
  cluster: Pick<Cluster, "kubectl">,
  makeCertificate: (hostNames: readonly string[]) => Promise<ServerCertificate>,
): Promise<string> {
  await ensureNamespace(cluster);
  const present = await readSecrets(cluster);
  const { keys, changed: keysChanged } = validKeys(present.get(`${BUS}-keys`)?.get("keys.json"));
  const { tls, changed: tlsChanged } = await validCertificate(present.get(`${BUS}-tls`), makeCertificate);
  const secrets = [
    secret(`${BUS}-keys`, BUS, {
      "keys.json": JSON.stringify(
        Object.entries(HOLDERS).map(([name, rights]) => ({ name, ...keys[name as Holder], rights })),
      ),
    }),
    secret(
      `${BUS}-tls`,
      BUS,
      { "tls.crt": tls.certificate, "tls.key": tls.key, "ca.crt": tls.authority },
      "kubernetes.io/tls",
    ),
    ...Object.entries(keys).map(([holder, { key, secondaryKey }]) =>
      secret(`servicebus-${holder}`, holder === "api" || holder === "worker" ? holder : BUS, {
        connection: connection(holder, key),
        // By Azure's second key, so that the first can be changed while its holder goes on.
        secondary: connection(holder, secondaryKey),
      }),
    ),
  ];
  await applyServerSide((args, input) => cluster.kubectl(args, input), secrets);
  if (keysChanged || tlsChanged) await restartHolders(cluster);
  return tls.authority;
}

/** In Azure's own form; without a port, so that the SDK dials 5672 and KEDA dials 443. */
function connection(name: string, key: string): string {
  return `Endpoint=sb://${BUS_HOST};SharedAccessKeyName=${name};SharedAccessKey=${key};UseDevelopmentEmulator=true`;
}

function labels(service: string): Record<string, string> {
  const infrastructure = service !== "api" && service !== "worker";
  return {
    app: "ownsignal",
    microservice: "orders",
    service,
    type: infrastructure ? "infrastructure" : "platform",
    "app.kubernetes.io/name": service,
    "app.kubernetes.io/component": infrastructure ? "infrastructure" : "platform",
    "app.kubernetes.io/part-of": "ownsignal",
  };
}

function secret(name: string, service: string, stringData: Record<string, string>, type = "Opaque"): object {
  const data = Object.fromEntries(
    Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    type,
    metadata: { name, namespace: DEV_NAMESPACE, labels: labels(service) },
    data,
  };
}

async function ensureNamespace(cluster: Pick<Cluster, "kubectl">): Promise<void> {
  const found = await cluster.kubectl([
    "get",
    "namespace",
    DEV_NAMESPACE,
    "--ignore-not-found",
    "-o",
    "jsonpath={.metadata.name}={.metadata.labels.app}",
  ]);
  if (found !== "" && found !== "=" && found !== `${DEV_NAMESPACE}=ownsignal`) {
    throw new CliError(
      `namespace ${DEV_NAMESPACE} is there already and is not ownsignal's (its label \`app\` is not \`ownsignal\`)`,
      `delete it, or label it if it is meant: kubectl label namespace ${DEV_NAMESPACE} app=ownsignal`,
    );
  }
  if (found.startsWith(DEV_NAMESPACE)) return;
  await cluster.kubectl(
    // Client-side, as the overlay will be applied, so that kubectl takes this object for its own.
    ["apply", "-f", "-"],
    JSON.stringify({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: DEV_NAMESPACE,
        labels: { app: "ownsignal", microservice: "orders", service: "orders", type: "platform" },
      },
    }),
  );
}

async function readSecrets(cluster: Pick<Cluster, "kubectl">): Promise<Map<string, Map<string, string>>> {
  const list = secretList.parse(
    JSON.parse(await cluster.kubectl(["-n", DEV_NAMESPACE, "get", "secrets", "-o", "json"])),
  );
  return new Map(
    list.items.map(({ metadata, data }) => [
      metadata.name,
      new Map(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString()])),
    ]),
  );
}

function validKeys(text: string | undefined): { keys: Record<Holder, KeyPair>; changed: boolean } {
  const known = new Map<string, Partial<KeyPair>>();
  try {
    for (const { name, key, secondaryKey } of keyFile.parse(JSON.parse(text ?? "[]"))) {
      known.set(name, { key, ...(secondaryKey === undefined ? {} : { secondaryKey }) });
    }
  } catch {
    // Unreadable keys cannot be used: all of them are made anew.
    known.clear();
  }
  const holders = Object.keys(HOLDERS) as Holder[];
  const fresh = (): string => randomBytes(32).toString("base64");
  return {
    keys: Object.fromEntries(
      holders.map((holder) => [holder, { key: fresh(), secondaryKey: fresh(), ...known.get(holder) }]),
    ) as Record<Holder, KeyPair>,
    changed: holders.some((holder) => !known.has(holder)),
  };
}

async function validCertificate(
  present: Map<string, string> | undefined,
  makeCertificate: (hostNames: readonly string[]) => Promise<ServerCertificate>,
): Promise<{ tls: ServerCertificate; changed: boolean }> {
  const [certificate, key, authority] = ["tls.crt", "tls.key", "ca.crt"].map((name) => present?.get(name));
  const tls = { certificate, key, authority };
  if (isValid(tls, [BUS_HOST])) return { tls, changed: false };
  const names = [BUS_HOST, `${BUS}.${DEV_NAMESPACE}.svc`, `${BUS}.${DEV_NAMESPACE}`, BUS, "localhost"];
  return { tls: await makeCertificate(names), changed: true };
}

/** Pods read the Secrets at their start. */
async function restartHolders(cluster: Pick<Cluster, "kubectl">): Promise<void> {
  for (const workload of [`statefulset/${BUS}`, "deployment/api", "deployment/worker"]) {
    const there = await cluster.kubectl(["-n", DEV_NAMESPACE, "get", workload, "--ignore-not-found", "-o", "name"]);
    if (there !== "") await cluster.kubectl(["-n", DEV_NAMESPACE, "rollout", "restart", workload]);
  }
}
