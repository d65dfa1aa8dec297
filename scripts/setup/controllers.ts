import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { waitFor } from "../process/waitFor.ts";
import type { Cluster } from "../cluster/provider.ts";
import { ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say } from "../process/progress.ts";

const READY_TIMEOUT_SECONDS = 300;

/**
 * Installs KEDA and metrics-server, or brings them to the declared state, and waits until both answer.
 * @param authority PEM of the certificate authority that KEDA must trust to reach the bus; KEDA reads it once, at its start.
 */
export async function installControllers(cluster: Cluster, authority: string): Promise<void> {
  await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], namespaceAndAuthority(authority));
  const { keda, metricsServer, components } = cluster.controllers;
  const authorityHash = createHash("sha256").update(authority).digest("hex").slice(0, 16);
  await installController(cluster, {
    title: "KEDA",
    namespace: "keda",
    deployments: ["keda-operator", "keda-metrics-apiserver", "keda-admission"],
    source: keda,
    components: components.keda,
    annotatePods: { "ownsignal/authority": authorityHash },
    ifNotOurs:
      "to reach the bus, keda-operator must have ConfigMap custom-ca of namespace keda mounted at /custom/ca, and be restarted once after that",
  });
  await installController(cluster, {
    title: "metrics-server",
    namespace: "kube-system",
    deployments: ["metrics-server"],
    source: metricsServer,
    components: components.metricsServer,
  });
  for (const service of ["v1beta1.metrics.k8s.io", "v1beta1.external.metrics.k8s.io"]) {
    await cluster.kubectl([
      "wait",
      "--for=condition=Available",
      `apiservice/${service}`,
      `--timeout=${READY_TIMEOUT_SECONDS}s`,
    ]);
  }
  await admissionAnswers(cluster);
}

interface Controller {
  title: string;
  namespace: string;
  /** Of these the first one's presence says that the controller is installed. */
  deployments: readonly [string, ...string[]];
  /** Where upstream's manifests are, and this project's components over them. */
  source: string;
  components: readonly string[];
  /** Annotations of the first Deployment's pods: another value restarts them. */
  annotatePods?: Readonly<Record<string, string>>;
  /** What a person has to see to where the controller is their own. */
  ifNotOurs?: string;
}

/** What this project installed bears this annotation; its value stands for all that was applied, once all of it was. */
const MARK = "ownsignal/installed";
const UNDER_WAY = "under-way";

/** Installs the controller or brings it up to date, and waits until it is ready. One that a person installed is left alone. */
async function installController(cluster: Cluster, controller: Controller): Promise<void> {
  const { title, namespace, deployments, source, components, annotatePods = {} } = controller;
  const [deployment] = deployments;
  const wanted = await fingerprint([source, JSON.stringify(annotatePods)], components);
  const found = await cluster.kubectl([
    ...["-n", namespace, "get", "deployment", deployment, "--ignore-not-found"],
    ...["-o", `jsonpath={.metadata.name}={.metadata.annotations.${MARK}}`],
  ]);
  if (found === `${deployment}=`) {
    const then = controller.ifNotOurs === undefined ? "" : `; ${controller.ifNotOurs}`;
    say(`    ${title} is here already and was not installed by this project: it stays as it is${then}`);
    return;
  }
  if (found !== `${deployment}=${wanted}`) {
    const patch = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: deployment, annotations: { [MARK]: UNDER_WAY } },
      spec: { template: { metadata: { annotations: annotatePods } } },
    };
    try {
      await applyManifests(cluster, source, components, [
        { target: { kind: "Deployment", name: deployment }, patch: JSON.stringify(patch) },
      ]);
    } catch (error) {
      throw new CliError(
        `${title} could not be installed from ${source}: ${messageOf(error)}`,
        `see to it that this can be read and applied, or install ${title} yourself: it is then left alone`,
        { cause: error },
      );
    }
    await cluster.kubectl(["-n", namespace, "annotate", "--overwrite", "deployment", deployment, `${MARK}=${wanted}`]);
  }
  for (const name of deployments) await rolledOut(cluster, namespace, `deployment/${name}`);
}

/** One text for these words and for everything in these components. */
async function fingerprint(words: readonly string[], components: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const component of components) {
    const folder = join(ROOT, "kustomize/controllers", component);
    for (const file of (await readdir(folder)).sort()) hash.update(file).update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * Waits until a workload's newest revision is ready.
 * @throws {CliError} with the state of its pods.
 */
export async function rolledOut(cluster: Pick<Cluster, "kubectl">, namespace: string, workload: string): Promise<void> {
  try {
    await cluster.kubectl(["-n", namespace, "rollout", "status", workload, `--timeout=${READY_TIMEOUT_SECONDS}s`]);
  } catch (error) {
    const pods = await cluster.kubectl(["-n", namespace, "get", "pods", "-o", "wide"]).catch(messageOf);
    throw new CliError(
      `${namespace}/${workload} did not get ready within ${READY_TIMEOUT_SECONDS} s\n${pods}`,
      `look at \`kubectl -n ${namespace} describe ${workload}\` and its pods' logs, then run the same command again`,
      { cause: error },
    );
  }
}

function namespaceAndAuthority(authority: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "keda" } },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "custom-ca", namespace: "keda" },
        data: { "ca.crt": authority },
      },
    ],
  });
}

/** Renders upstream's manifests with this project's components over them, the same wherever they come from, and applies them. */
async function applyManifests(
  cluster: Cluster,
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
      patches,
    };
    await writeFile(join(work, "kustomization.yaml"), JSON.stringify(kustomization));
    const rendered = await cluster.kubectl(["kustomize", work]);
    // KEDA's CRDs are larger than the annotation that a client-side apply would keep them in.
    await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], rendered);
  });
}

/** KEDA's webhook gets its certificate a while after it is ready; until then every ScaledObject would be refused. */
async function admissionAnswers(cluster: Cluster): Promise<void> {
  const probe = JSON.stringify({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "ownsignal-admission-probe", namespace: "keda" },
    spec: {
      scaleTargetRef: { name: "keda-admission" },
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
          "look at `kubectl -n keda logs deployment/keda-admission`",
        ),
    },
  );
}
