import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { withWorkFolder } from "./cache.ts";
import { waitFor } from "./command.ts";
import type { Cluster } from "./cluster/provider.ts";
import { ROOT } from "./paths.ts";
import { messageOf, Problem } from "./problem.ts";
import { say } from "./progress.ts";

const READY_TIMEOUT_SECONDS = 300;

/**
 * Installs KEDA and metrics-server, or brings them to the declared state, and waits until both answer.
 * @param authority PEM of the certificate authority that KEDA must trust to reach the bus; KEDA reads it once, at its start.
 */
export async function installControllers(cluster: Cluster, authority: string): Promise<void> {
  await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], namespaceAndAuthority(authority));
  const { keda, metricsServer, components } = cluster.controllers;
  const authorityHash = createHash("sha256").update(authority).digest("hex").slice(0, 16);
  if (await mayInstall(cluster, "keda", "keda-operator")) {
    await applyManifests(cluster, keda, components.keda, [
      mark("keda-operator"),
      {
        target: { kind: "Deployment", name: "keda-operator" },
        patch: JSON.stringify([
          { op: "add", path: "/spec/template/metadata/annotations", value: { "ownsignal/authority": authorityHash } },
        ]),
      },
    ]);
  } else {
    say(
      "    KEDA is here already and is not ours: it stays as it is. To reach the bus, keda-operator must have ConfigMap custom-ca of " +
        "namespace keda mounted at /custom/ca, and be restarted once after that.",
    );
  }
  if (await mayInstall(cluster, "kube-system", "metrics-server")) {
    await applyManifests(cluster, metricsServer, components.metricsServer, [mark("metrics-server")]);
  } else {
    say("    metrics-server is here already and is not ours: it stays as it is");
  }
  for (const [namespace, deployment] of [
    ["keda", "keda-operator"],
    ["keda", "keda-metrics-apiserver"],
    ["keda", "keda-admission"],
    ["kube-system", "metrics-server"],
  ] as const) {
    await rolledOut(cluster, namespace, `deployment/${deployment}`);
  }
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

/** What this project installed, and may bring to the declared state, bears this annotation. */
const MARK = "ownsignal/installed";

function mark(deployment: string): object {
  return {
    target: { kind: "Deployment", name: deployment },
    patch: JSON.stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: deployment, annotations: { [MARK]: "true" } },
    }),
  };
}

/** Whether a controller is missing, or is one that was installed here before: a person's own is left alone. */
async function mayInstall(cluster: Cluster, namespace: string, deployment: string): Promise<boolean> {
  const path = `{.metadata.name}={.metadata.annotations.${MARK}}`;
  const found = await cluster.kubectl([
    ...["-n", namespace, "get", "deployment", deployment, "--ignore-not-found", "-o", `jsonpath=${path}`],
  ]);
  return found === "" || found === `${deployment}=true`;
}

/**
 * Waits until a workload's newest revision is ready.
 * @throws {Problem} with the state of its pods.
 */
export async function rolledOut(cluster: Cluster, namespace: string, workload: string): Promise<void> {
  try {
    await cluster.kubectl(["-n", namespace, "rollout", "status", workload, `--timeout=${READY_TIMEOUT_SECONDS}s`]);
  } catch (error) {
    const pods = await cluster.kubectl(["-n", namespace, "get", "pods", "-o", "wide"]).catch(messageOf);
    throw new Problem(
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
        new Problem(
          `KEDA's admission webhook does not answer: ${refusal}`,
          "look at `kubectl -n keda logs deployment/keda-admission`",
        ),
    },
  );
}
