import { containers, title, workloads, type Manifest } from "../../../scripts/manifests/manifest.ts";

/** Volumes of the Pod Security Standard `restricted`: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const ALLOWED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** Those that ask the API server something. */
const MOUNTS_A_TOKEN = ["prometheus", "kube-state-metrics"];

/** What `restricted` would refuse, and what this project asks beyond it: no written root file system, no token. */
export function podSecurityFindings(objects: readonly Manifest[]): string[] {
  const accounts = objects
    .filter(
      ({ kind, automountServiceAccountToken }) => kind === "ServiceAccount" && automountServiceAccountToken !== false,
    )
    .map((object) => `${title(object)} gives its token to every pod that does not decline`);
  const pods = workloads(objects).flatMap((object) => {
    const pod = object.spec.template.spec;
    const findings: string[] = [];
    const owner = title(object);
    if (pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true) {
      findings.push(`${owner} shares a namespace with its node`);
    }
    for (const { name, ...source } of pod.volumes ?? []) {
      const kind = Object.keys(source).join(", ");
      if (!ALLOWED_VOLUMES.includes(kind)) findings.push(`${owner}: volume ${name} is of kind ${kind}`);
    }
    const mounts = MOUNTS_A_TOKEN.includes(object.metadata.name);
    if (pod.automountServiceAccountToken !== mounts) {
      findings.push(
        `${owner}: automountServiceAccountToken is ${String(pod.automountServiceAccountToken)}, want ${mounts}`,
      );
    }
    if (pod.enableServiceLinks !== false) findings.push(`${owner} gets every Service in its environment`);
    for (const one of containers(pod)) {
      const context = { ...pod.securityContext, ...one.securityContext };
      const say = (what: string): void => {
        findings.push(`${owner}, container ${one.name}: ${what}`);
      };
      if (context.runAsNonRoot !== true) say("runAsNonRoot is not true");
      if (context.runAsUser === undefined || context.runAsUser === 0)
        say(`runs as ${context.runAsUser ?? "whom the image names"}`);
      if (context.seccompProfile?.type !== "RuntimeDefault") say("seccompProfile is not RuntimeDefault");
      if (context.privileged === true) say("is privileged");
      if (context.allowPrivilegeEscalation !== false) say("allowPrivilegeEscalation is not false");
      if (context.readOnlyRootFilesystem !== true) say("can write its root file system");
      if (context.capabilities?.drop?.includes("ALL") !== true) say("keeps capabilities");
      if ((context.capabilities?.add ?? []).length > 0) say("adds capabilities");
      if (one.ports?.some(({ hostPort }) => hostPort !== undefined) === true) say("takes a port of its node");
    }
    return findings;
  });
  return [...accounts, ...pods];
}
