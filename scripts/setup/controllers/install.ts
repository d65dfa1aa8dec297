import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { INSTALLED_ANNOTATION, OWNER_LABEL } from "../../../loadtest/observe/controllers.ts";
import type { Cluster } from "../../cluster/provider.ts";
import { withWorkFolder } from "../../process/cache.ts";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { applyServerSide } from "../../cluster/applyServerSide.ts";
import { CliError } from "../../process/cliError.ts";
import { waitFor } from "../../process/waitFor.ts";
import { DEV_NAMESPACE, ROOT } from "../../process/paths.ts";
import { READY_TIMEOUT_SECONDS, rolledOut } from "../rolledOut.ts";

interface Controller {
  title: string;
  namespace: string;
  /** The first one bears the mark that the controller is installed, and by whom. */
  deployments: readonly [string, ...string[]];
  /** Where upstream's manifests are, and this project's components over them. */
  source: string;
  components: readonly string[];
  /** Annotations of the first Deployment's pods: another value restarts them. */
  annotatePods: Readonly<Record<string, string>>;
}

const KEDA_NAMESPACE = "keda";

/** Nothing of this name is there, or is made. */
const PROBE = "ownsignal-admission-probe";

/** The mark's value while an installation is not whole yet. */
const UNDER_WAY = "under-way";

/**
 * Installs this project's KEDA, or brings it to the declared state, and waits until it answers. Only for a cluster that has none, or this one.
 * @param authority PEM of the certificate authority that KEDA must trust to reach the bus; KEDA reads it once, at its start.
 */
export async function installKeda(cluster: Cluster, authority: string, isFirst: boolean): Promise<void> {
  await ensureNamespace(cluster);
  await applyServerSide((args, input) => cluster.kubectl(args, input), [authorityMap(authority)]);
  await install(cluster, isFirst, {
    title: "KEDA",
    namespace: KEDA_NAMESPACE,
    deployments: ["keda-operator", "keda-metrics-apiserver", "keda-admission"],
    source: cluster.controllers.keda,
    components: cluster.controllers.components.keda,
    annotatePods: { "ownsignal/authority": createHash("sha256").update(authority).digest("hex").slice(0, 16) },
  });
}

/** As {@link installKeda}, for metrics-server. */
export async function installMetricsServer(cluster: Cluster, isFirst: boolean): Promise<void> {
  await install(cluster, isFirst, {
    title: "metrics-server",
    namespace: "kube-system",
    deployments: ["metrics-server"],
    source: cluster.controllers.metricsServer,
    components: cluster.controllers.components.metricsServer,
    annotatePods: {},
  });
}

async function install(cluster: Cluster, isFirst: boolean, controller: Controller): Promise<void> {
  const { title, namespace, deployments, source, components, annotatePods } = controller;
  const [deployment] = deployments;
  const fingerprint = await fingerprintOf(
    [source, JSON.stringify(annotatePods), JSON.stringify(OWNER_LABEL)],
    components,
  );
  const installed = await cluster.kubectl([
    ...["-n", namespace, "get", "deployment", deployment, "--ignore-not-found"],
    ...["-o", `jsonpath={.metadata.annotations.${INSTALLED_ANNOTATION}}`],
  ]);
  // The mark tells what was applied, and not whether all of it is still there.
  if (installed !== fingerprint || (await someGone(cluster, namespace, deployments))) {
    const patch = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: deployment, annotations: { [INSTALLED_ANNOTATION]: UNDER_WAY } },
      spec: { template: { metadata: { annotations: annotatePods } } },
    };
    try {
      await applyManifests(cluster, isFirst, source, components, [
        { target: { kind: "Deployment", name: deployment }, patch: JSON.stringify(patch) },
      ]);
    } catch (error) {
      throw new CliError(
        `${title} could not be installed from ${source}: ${messageOf(error)}`,
        `see to it that this can be read and applied, or install ${title} yourself: it is then left alone`,
        { cause: error },
      );
    }
    await cluster.kubectl([
      ...["-n", namespace, "annotate", "--overwrite", "deployment", deployment],
      `${INSTALLED_ANNOTATION}=${fingerprint}`,
    ]);
  }
  for (const name of deployments) await rolledOut(cluster, namespace, `deployment/${name}`);
}

async function someGone(
  { kubectl }: Pick<Cluster, "kubectl">,
  namespace: string,
  deployments: readonly string[],
): Promise<boolean> {
  const found = await kubectl(["-n", namespace, "get", "deployments", "-o", "jsonpath={.items[*].metadata.name}"]);
  const names = new Set(found.trim().split(/\s+/));
  return deployments.some((name) => !names.has(name));
}

/** One text for these words and for everything in these components. */
async function fingerprintOf(words: readonly string[], components: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const component of components) {
    const folder = join(ROOT, "kustomize/controllers", component);
    for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** One that is there already is somebody's, and gets no label: `down` leaves it. */
async function ensureNamespace(cluster: Pick<Cluster, "kubectl">): Promise<void> {
  if ((await cluster.kubectl(["get", "namespace", KEDA_NAMESPACE, "--ignore-not-found", "-o", "name"])) !== "") return;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: KEDA_NAMESPACE, labels: OWNER_LABEL } };
  await cluster.kubectl(["create", "-f", "-"], JSON.stringify(namespace));
}

function authorityMap(authority: string): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "custom-ca", namespace: KEDA_NAMESPACE, labels: OWNER_LABEL },
    data: { "ca.crt": authority },
  };
}

/** Renders upstream's manifests with this project's components over them, the same wherever they come from, and applies them. */
async function applyManifests(
  cluster: Cluster,
  isFirst: boolean,
  source: string,
  components: readonly string[],
  patches: readonly object[],
): Promise<void> {
  await withWorkFolder(async (work) => {
    const kustomization = {
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      // kustomize takes folders by relative path only.
      resources: [isAbsolute(source) ? relative(work, source) : source],
      components: components.map((component) => relative(work, join(ROOT, "kustomize/controllers", component))),
      labels: [{ pairs: OWNER_LABEL }],
      patches,
    };
    await writeFile(join(work, "kustomization.yaml"), JSON.stringify(kustomization));
    const rendered = await cluster.kubectl(["kustomize", work]);
    // KEDA's CRDs are larger than the annotation that a client-side apply would keep them in. What another manager left behind is
    // not taken over: only what this project installed before is brought back by force.
    await applyServerSide((args, input) => cluster.kubectl(args, input), rendered, { forceConflicts: !isFirst });
  });
}

/** KEDA's webhook gets its certificate a while after it is ready; until then every ScaledObject would be refused. */
export async function admissionAnswers(cluster: Pick<Cluster, "kubectl">): Promise<void> {
  const probe = JSON.stringify({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: PROBE, namespace: DEV_NAMESPACE },
    spec: {
      scaleTargetRef: { name: PROBE },
      triggers: [
        { type: "cron", metadata: { timezone: "UTC", start: "0 0 * * *", end: "1 0 * * *", desiredReplicas: "1" } },
      ],
    },
  });
  let refusal = "";
  await waitFor(
    () =>
      cluster.kubectl(["create", "--dry-run=server", "-f", "-"], probe).then(
        () => true,
        (error: unknown) => {
          refusal = messageOf(error);
          return undefined;
        },
      ),
    {
      timeoutMs: READY_TIMEOUT_SECONDS * 1000,
      overdue: () =>
        new CliError(
          `KEDA's admission webhook does not answer: ${refusal}`,
          "look at the logs of KEDA's admission webhook: kubectl get validatingwebhookconfigurations names its Service",
        ),
    },
  );
}
