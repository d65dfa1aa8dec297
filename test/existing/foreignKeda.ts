import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { ROOT } from "../../scripts/process/paths.ts";
import { run } from "../../scripts/process/command.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import type { Way } from "../unit/scripts/controllers/recorded.ts";

/** The adapter's name in the release manifest. */
const RELEASE_ADAPTER = "keda-metrics-apiserver";

/** KEDA's own manifests at the pinned version, with images that the node has. */
export async function releaseManifest(): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-foreign-keda-"));
  try {
    const kustomization = {
      resources: [relative(folder, (await toolset("keda")).kept("config/default"))],
      components: [relative(folder, join(ROOT, "kustomize/controllers/keda"))],
    };
    await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(kustomization));
    const documents = parseAllDocuments(await run("kubectl", ["kustomize", folder]));
    return documents.map((document) => document.toJS() as KubernetesObject);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same as the Helm chart and AKS's add-on install it: their names, namespace, labels and annotations, and nothing at /custom/ca. */
export function asInstalledBy(way: Way, manifests: readonly KubernetesObject[]): KubernetesObject[] {
  return manifests
    .filter(({ kind }) => kind !== "Namespace")
    .map((object) => {
      const renamed = JSON.parse(
        JSON.stringify(object)
          .replaceAll('"namespace":"keda"', `"namespace":"${way.namespace}"`)
          // Not in images' names, which the node has as they are.
          .replaceAll(new RegExp(`(?<!kedacore/)${RELEASE_ADAPTER}`, "g"), way.adapter),
      ) as KubernetesObject & { spec?: { template?: { spec?: PodSpec } } };
      const { metadata } = renamed;
      if (metadata === undefined) return renamed;
      metadata.labels = { ...metadata.labels, ...way.labels };
      metadata.annotations = { ...metadata.annotations, ...way.annotations };
      const pod = renamed.spec?.template?.spec;
      if (object.kind === "Deployment" && pod !== undefined) {
        pod.volumes = (pod.volumes ?? []).filter(({ name }) => name !== "custom-ca");
        for (const container of pod.containers) {
          container.volumeMounts = (container.volumeMounts ?? []).filter(({ name }) => name !== "custom-ca");
          if (object.metadata?.name === "keda-operator") {
            container.args?.push(`--metrics-server-service-name=${way.adapter}`);
          }
        }
      }
      return renamed;
    });
}

interface PodSpec {
  volumes?: { name: string }[];
  containers: { args?: string[]; volumeMounts?: { name: string }[] }[];
}

/** Installs it so and waits until it answers; gives back its objects, without the namespace. */
export async function install(way: Way, manifests: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  const objects = asInstalledBy(way, manifests);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: way.namespace } };
  await run("kubectl", ["apply", "--server-side", "--field-manager=helm", "-f", "-"], {
    input: listOf([namespace, ...objects]),
  });
  for (const name of ["keda-operator", way.adapter, "keda-admission"]) {
    await run("kubectl", ["-n", way.namespace, "rollout", "status", `deployment/${name}`, "--timeout=180s"]);
  }
  const api = "apiservice/v1beta1.external.metrics.k8s.io";
  await run("kubectl", ["wait", "--for=condition=Available", api, "--timeout=180s"]);
  return objects;
}

export async function remove(objects: readonly KubernetesObject[]): Promise<void> {
  await run("kubectl", ["delete", "--ignore-not-found", "--timeout=120s", "-f", "-"], { input: listOf(objects) });
}

/** For kubectl's standard input. */
export function listOf(items: readonly KubernetesObject[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Who wrote what to these objects and when, status left out; KEDA's own certificates are its operator's to write. */
export async function writtenTo(objects: readonly KubernetesObject[]): Promise<Record<string, unknown>> {
  const { items } = JSON.parse(
    await run("kubectl", ["get", "-f", "-", "-o", "json", "--show-managed-fields"], { input: listOf(objects) }),
  ) as { items: KubernetesObject[] };
  return Object.fromEntries(
    items.map(({ kind, metadata }) => [
      `${kind ?? ""} ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
      {
        uid: metadata?.uid,
        generation: metadata?.generation,
        labels: metadata?.labels,
        writers: metadata?.managedFields
          ?.filter(({ subresource }) => subresource !== "status")
          .map(({ manager, operation, time }) => `${manager ?? ""} ${operation ?? ""} ${String(time)}`),
      },
    ]),
  );
}
