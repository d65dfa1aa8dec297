import type { V1Deployment } from "@kubernetes/client-node";
import type { Keda } from "../../../loadtest/observe/controllers.ts";
import { DEV_NAMESPACE } from "../../process/paths.ts";

/** KEDA's default for `--ca-dir`, which may be given several times; all certificates in these folders are trusted. */
const DEFAULT_FOLDER = "/custom/ca";

/** What the operator mounts into a folder of certificates. */
export interface AuthoritySource {
  kind: "ConfigMap" | "Secret";
  name: string;
}

/** A source that was read: undefined where it is not there. */
export interface ReadSource extends AuthoritySource {
  texts: readonly string[] | undefined;
}

export type Trust =
  | { id: "trusted" }
  | { id: "notMounted"; params: { folder: string } }
  | { id: "noAuthority"; params: AuthoritySource }
  | { id: "cannotBeChanged" };

/** Where KEDA's operator reads authorities from. */
export function authoritySources(operator: V1Deployment): { folders: string[]; sources: AuthoritySource[] } {
  const pod = operator.spec?.template.spec;
  const containers = pod?.containers ?? [];
  const named = containers
    .flatMap(({ command = [], args = [] }) => [...command, ...args])
    .flatMap((word) => /^--ca-dir=(.+?)\/*$/.exec(word)?.[1] ?? []);
  const folders = named.length > 0 ? named : [DEFAULT_FOLDER];
  const volumes = containers.flatMap(({ volumeMounts = [] }) =>
    volumeMounts
      .filter(({ mountPath }) => folders.some((folder) => `${mountPath.replace(/\/+$/, "")}/`.startsWith(`${folder}/`)))
      .map(({ name }) => name),
  );
  const sources = (pod?.volumes ?? [])
    .filter(({ name }) => volumes.includes(name))
    .flatMap(({ configMap, secret, projected }) => [
      ...[configMap?.name, ...(projected?.sources ?? []).map((source) => source.configMap?.name)].map(configMapNamed),
      ...[secret?.secretName, ...(projected?.sources ?? []).map((source) => source.secret?.name)].map(secretNamed),
    ])
    .filter((source) => source !== undefined);
  return { folders, sources };
}

function configMapNamed(name: string | undefined): AuthoritySource | undefined {
  return name === undefined ? undefined : { kind: "ConfigMap", name };
}

function secretNamed(name: string | undefined): AuthoritySource | undefined {
  return name === undefined ? undefined : { kind: "Secret", name };
}

/** Whether this KEDA trusts an authority, given as PEM, by what its sources hold. */
export function trustOf(keda: Keda, sources: readonly ReadSource[], authority: string): Trust {
  if (sources.some(({ texts }) => texts?.some((text) => text.includes(authority.trim())))) return { id: "trusted" };
  if (keda.origin === "aks-add-on") return { id: "cannotBeChanged" };
  const [first] = sources;
  const [folder = DEFAULT_FOLDER] = authoritySources(keda.operator).folders;
  return first === undefined
    ? { id: "notMounted", params: { folder } }
    : { id: "noAuthority", params: { kind: first.kind, name: first.name } };
}

/** Where the authority comes from, as a command that leaves it in the file ca.crt. */
const GET_AUTHORITY = `kubectl -n ${DEV_NAMESPACE} get secret servicebus-emulator-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d >ca.crt`;

/** One sentence for what is missing, one for what the owner of that KEDA has to change; undefined where nothing is. */
export function distrustText(keda: Keda, trust: Trust): { what: string; fix: string } | undefined {
  const { namespace, operator } = keda;
  const name = operator.metadata?.name ?? "";
  const restart = `kubectl -n ${namespace} rollout restart deployment ${name}`;
  switch (trust.id) {
    case "trusted":
      return undefined;
    case "cannotBeChanged":
      return {
        what: `KEDA in namespace ${namespace} is AKS's add-on, whose Helm values cannot be changed: it cannot trust the authority of the emulator that overlay dev deploys`,
        fix: "deploy kustomize/overlays/azure, which takes Azure Service Bus (its README.md says what it needs), or turn the add-on off (az aks update --disable-keda) and install KEDA with Helm",
      };
    case "noAuthority":
      return {
        what: `KEDA does not trust the bus: ${trust.params.kind} ${trust.params.name} in namespace ${namespace} does not hold the authority that signed the bus's certificate`,
        fix: `${GET_AUTHORITY}; put ca.crt into that ${trust.params.kind} under a key of its own; ${restart}`,
      };
    case "notMounted": {
      const volumes = '[{"name":"custom-ca","configMap":{"name":"custom-ca"}}]';
      const mounts = `[{"name":"custom-ca","mountPath":"${trust.params.folder}","readOnly":true}]`;
      const mount =
        keda.origin === "helm"
          ? `set the chart's values volumes.keda.extraVolumes=${volumes} and volumes.keda.extraVolumeMounts=${mounts} (helm upgrade ${keda.release ?? "RELEASE"} kedacore/keda -n ${namespace} --reuse-values -f FILE)`
          : `kubectl -n ${namespace} patch deployment ${name} -p '{"spec":{"template":{"spec":{"volumes":${volumes},"containers":[{"name":"${operator.spec?.template.spec?.containers[0]?.name ?? name}","volumeMounts":${mounts}}]}}}}'`;
      return {
        what: `KEDA does not trust the bus: Deployment ${name} in namespace ${namespace} mounts no authority at ${trust.params.folder}`,
        fix: `${GET_AUTHORITY}; kubectl -n ${namespace} create configmap custom-ca --from-file=ca.crt; ${mount}`,
      };
    }
  }
}
