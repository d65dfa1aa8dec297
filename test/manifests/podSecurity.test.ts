import { broken, container, containers, title, workload, workloads, type Manifest } from "./support/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

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

/** The one that asks the API server something. */
const MOUNTS_A_TOKEN = ["prometheus"];

/** What `restricted` would refuse, and what this project asks beyond it: no written root file system, no token. */
function podSecurityFindings(objects: readonly Manifest[]): string[] {
  return workloads(objects).flatMap((object) => {
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
}

describe.each(OVERLAYS)("pod security of %s", (overlay) => {
  const objects = render(overlay);

  test("meets restricted, and more", () => {
    expect(podSecurityFindings(objects)).toEqual([]);
  });

  test("is enforced by the namespace", () => {
    const namespaces = objects.filter(({ kind }) => kind === "Namespace");
    expect(namespaces.map(({ metadata }) => metadata.labels)).toMatchObject([
      { "pod-security.kubernetes.io/enforce": "restricted" },
    ]);
  });

  const api = (copy: Manifest[]): ReturnType<typeof workload>["spec"]["template"]["spec"] =>
    workload(copy, "api").spec.template.spec;
  const sidecar = (copy: Manifest[]): ReturnType<typeof container> => container(workload(copy, "api"), "validator");

  test.each<[string, (copy: Manifest[]) => void, string]>([
    ["a pod on its node's network", (copy) => (api(copy).hostNetwork = true), "shares a namespace with its node"],
    [
      "a folder of the node",
      (copy) => (api(copy).volumes = [{ name: "x", hostPath: {} }]),
      "volume x is of kind hostPath",
    ],
    ["a token that nothing needs", (copy) => (api(copy).automountServiceAccountToken = true), "want false"],
    [
      "a pod that does not say who it runs as",
      (copy) => delete api(copy).securityContext,
      "runs as whom the image names",
    ],
    ["a sidecar that is root", (copy) => (sidecar(copy).securityContext = { runAsUser: 0 }), "validator: runs as 0"],
    [
      "a sidecar that writes",
      (copy) => delete sidecar(copy).securityContext,
      "validator: can write its root file system",
    ],
    [
      "a capability",
      (copy) => (sidecar(copy).securityContext = { capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }),
      "validator: adds capabilities",
    ],
    [
      "a port of the node",
      (copy) => (sidecar(copy).ports = [{ containerPort: 1, hostPort: 1 }]),
      "takes a port of its node",
    ],
  ])("is objected to: %s", (_, breakIt, finding) => {
    expect(podSecurityFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });
});
