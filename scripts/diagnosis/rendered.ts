import { loadAllYaml, type KubernetesObject } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { accepted } from "./acceptance.ts";
import { distinct, type Finding } from "./finding.ts";
import { renderedFacts } from "./rules/facts.ts";
import { specFindings } from "./rules/specs.ts";
import { deployedIn, type Deployed, type KindedObject } from "./view.ts";

/** Runs kubectl and gives back its output. */
export type Kubectl = (args: readonly string[]) => Promise<string>;

/**
 * The objects that an overlay stands for.
 * @throws {CliError} when kubectl cannot render it.
 */
export async function renderObjects(kubectl: Kubectl, overlay: string): Promise<KubernetesObject[]> {
  try {
    return parseObjects(await kubectl(["kustomize", overlay]));
  } catch (error) {
    throw new CliError(
      `${overlay} cannot be rendered: ${messageOf(error)}`,
      `name a folder that kubectl kustomize renders, for example kustomize/overlays/dev`,
      { cause: error },
    );
  }
}

/**
 * Objects in YAML, those of a List each by itself.
 * @throws {CliError} when it is no YAML, or holds something else than objects.
 */
export function parseObjects(yaml: string): KubernetesObject[] {
  let documents: unknown[];
  try {
    documents = loadAllYaml(yaml);
  } catch (error) {
    throw new CliError(`this is no YAML: ${messageOf(error)}`, "give rendered objects", { cause: error });
  }
  return documents
    .filter((one) => one !== null && one !== undefined)
    .flatMap((one) => {
      const object = one as KubernetesObject & { items?: KubernetesObject[] };
      if (typeof one !== "object" || object.kind === undefined) {
        throw new CliError(
          `this is no Kubernetes object: ${JSON.stringify(one).slice(0, 100)}`,
          "give YAML documents with apiVersion and kind",
        );
      }
      return object.kind === "List" ? (object.items ?? []) : [object];
    });
}

/** @throws {CliError} when the overlay cannot be rendered, or declares no namespace. */
export async function renderedBy(
  kubectl: Kubectl,
  overlay: string,
): Promise<{ declared: Deployed; namespace: string }> {
  const objects = await renderObjects(kubectl, overlay);
  const namespace = objects.find(({ kind }) => kind === "Namespace")?.metadata?.name;
  if (namespace === undefined) {
    throw new CliError(`${overlay} declares no Namespace`, "let the overlay declare the one that it deploys to");
  }
  return { namespace, declared: deployedIn(objects) };
}

/** Every rule over rendered objects, for which no cluster is needed. */
export function renderedFindings(objects: readonly KubernetesObject[]): Finding[] {
  const namespace = objects.find(({ metadata }) => metadata?.namespace !== undefined)?.metadata?.namespace ?? "default";
  const found = distinct(specFindings(deployedIn(objects), renderedFacts(namespace)));
  return accepted(found, objects.map(kinded));
}

function kinded({ kind = "", metadata }: KubernetesObject): KindedObject {
  return metadata === undefined ? { kind } : { kind, metadata };
}
