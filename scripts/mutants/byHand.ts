import { findKeda, type Keda } from "../../loadtest/observe/controllers.ts";
import { readControllerObjects } from "../../loadtest/observe/readControllers.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import type { Cluster } from "../cluster/provider.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { makeCertificateOnDemand } from "../setup/certificateOnDemand.ts";
import { rolledOut } from "../setup/rolledOut.ts";

/** A fault that no overlay over `dev` holds. */
interface ByHand {
  break: (cluster: Cluster) => Promise<void>;
  /** Does nothing where nothing is broken: it is also run before the first mutant. */
  restore: (cluster: Cluster) => Promise<void>;
}

export type ByHandName = "api-scaled-to-zero" | "keda-watches-elsewhere" | "keda-certificates-differ";

const ELSEWHERE = "of-no-namespace";
/** Where KEDA keeps its certificates, and where the mutant's are. */
const OWN_SECRET = "kedaorg-certs";
const OTHER_SECRET = "certificates-of-a-mutant";

export const BY_HAND: Readonly<Record<ByHandName, ByHand>> = {
  "api-scaled-to-zero": {
    break: (cluster) => scaleApi(cluster, 0),
    restore: async (cluster) => {
      const read = (kind: string, path: string): Promise<string> =>
        cluster.kubectl(["-n", DEV_NAMESPACE, "get", kind, "api", "--ignore-not-found", "-o", `jsonpath={${path}}`]);
      if ((await read("deployment", ".spec.replicas")) !== "0") return;
      await scaleApi(cluster, Number(await read("hpa", ".spec.minReplicas")));
    },
  },
  "keda-watches-elsewhere": {
    break: (cluster) => watch(cluster, ELSEWHERE),
    restore: (cluster) => watch(cluster, ""),
  },
  "keda-certificates-differ": {
    break: async (cluster) => {
      const { namespace, adapter } = await kedaOn(cluster);
      const name = adapter.metadata?.name ?? "";
      const { authority, certificate, key } = await makeCertificateOnDemand([`${name}.${namespace}.svc`]);
      const stringData = { "ca.crt": authority, "tls.crt": certificate, "tls.key": key };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: OTHER_SECRET, namespace }, stringData };
      await cluster.kubectl(["apply", "-f", "-"], JSON.stringify(secret));
      await mountCertificates(cluster, OTHER_SECRET);
    },
    restore: async (cluster) => {
      await mountCertificates(cluster, OWN_SECRET);
      const { namespace } = await kedaOn(cluster);
      await cluster.kubectl(["-n", namespace, "delete", "secret", OTHER_SECRET, "--ignore-not-found"]);
    },
  },
};

/** KEDA, however it was installed. @throws {CliError} where it is not there, or not whole. */
export async function kedaOn(cluster: Cluster): Promise<Keda> {
  const discovery = findKeda(await readControllerObjects(kubeConfigOf(cluster)));
  if (discovery.id === "present") return discovery.params;
  throw new CliError("KEDA is not on the cluster, or not whole", "./scripts/up, then ./scripts/doctor");
}

/** Starts KEDA's operator anew, and waits for it: it reads its authorities once, at its start. */
export async function restartOperator(cluster: Cluster): Promise<void> {
  const { namespace, operator } = await kedaOn(cluster);
  const deployment = `deployment/${operator.metadata?.name ?? ""}`;
  await cluster.kubectl(["-n", namespace, "rollout", "restart", deployment]);
  await rolledOut(cluster, namespace, deployment);
}

async function scaleApi(cluster: Cluster, replicas: number): Promise<void> {
  await cluster.kubectl(["-n", DEV_NAMESPACE, "scale", "deployment/api", `--replicas=${replicas}`]);
}

async function watch(cluster: Cluster, namespaces: string): Promise<void> {
  const { namespace, operator } = await kedaOn(cluster);
  const watched = operator.spec?.template.spec?.containers
    .flatMap(({ env = [] }) => env)
    .find(({ name }) => name === "WATCH_NAMESPACE")?.value;
  if ((watched ?? "") === namespaces) return;
  const deployment = `deployment/${operator.metadata?.name ?? ""}`;
  await cluster.kubectl(["-n", namespace, "set", "env", deployment, `WATCH_NAMESPACE=${namespaces}`]);
  await rolledOut(cluster, namespace, deployment);
}

async function mountCertificates(cluster: Cluster, secret: string): Promise<void> {
  const { namespace, adapter } = await kedaOn(cluster);
  const volumes = adapter.spec?.template.spec?.volumes ?? [];
  const index = volumes.findIndex(({ secret: of }) => [OWN_SECRET, OTHER_SECRET].includes(of?.secretName ?? ""));
  if (index === -1) throw new CliError(`KEDA's adapter mounts no Secret ${OWN_SECRET}`, "leave this mutant out");
  if (volumes[index]?.secret?.secretName === secret) return;
  const path = `/spec/template/spec/volumes/${index}/secret/secretName`;
  const deployment = `deployment/${adapter.metadata?.name ?? ""}`;
  const patch = JSON.stringify([{ op: "replace", path, value: secret }]);
  await cluster.kubectl(["-n", namespace, "patch", deployment, "--type=json", "-p", patch]);
  await rolledOut(cluster, namespace, deployment);
}
