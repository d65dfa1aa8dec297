import { parseAllDocuments } from "yaml";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { workload, type Container, type Manifest, type PodSpec } from "../../scripts/manifests/manifest.ts";
import { NAMESPACE } from "./cluster.ts";

let cluster: Cluster;
let api: PodSpec;

beforeAll(async () => {
  cluster = await (await chooseProvider()).attach();
  const rendered = parseAllDocuments(await cluster.kubectl(["kustomize", "kustomize/overlays/dev"]));
  const objects = rendered.map((document) => document.toJS() as Manifest);
  api = workload(objects, "api").spec.template.spec;
});

/** Asks the API server to take the API's pod with this change; nothing is made. */
function askFor(loosen: (pod: PodSpec) => void): Promise<string> {
  const spec = structuredClone(api);
  loosen(spec);
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "loosened", namespace: NAMESPACE }, spec };
  return cluster.kubectl(["create", "--dry-run=server", "-f", "-"], JSON.stringify(pod));
}

function containersOf(pod: PodSpec): Container[] {
  return [...pod.containers, ...(pod.initContainers ?? [])];
}

/** The one that is in the pod before the API, and is as easily forgotten. */
function sidecar(pod: PodSpec): Container {
  const [validator] = pod.initContainers ?? [];
  if (validator === undefined) throw new Error("the API's pod has no sidecar");
  return validator;
}

test("the namespace takes the API's pod as it is", async () => {
  expect(await askFor(() => undefined)).toContain("pod/loosened created (server dry run)");
});

test.each<[string, (pod: PodSpec) => void, RegExp]>([
  [
    "runs as root",
    (pod) => {
      pod.securityContext = { ...pod.securityContext, runAsNonRoot: false, runAsUser: 0 };
    },
    /runAsNonRoot != true/,
  ],
  [
    "has a privileged sidecar",
    (pod) => {
      sidecar(pod).securityContext = {
        ...sidecar(pod).securityContext,
        privileged: true,
        allowPrivilegeEscalation: true,
      };
    },
    /privileged/,
  ],
  [
    "shares its node's network",
    (pod) => {
      pod.hostNetwork = true;
    },
    /host namespaces/,
  ],
  [
    "mounts a folder of its node",
    (pod) => {
      pod.volumes = [...(pod.volumes ?? []), { name: "node", hostPath: { path: "/" } }];
    },
    /volume type "hostPath"/,
  ],
  [
    "has no seccomp profile",
    (pod) => {
      delete pod.securityContext?.seccompProfile;
      for (const { securityContext } of containersOf(pod)) delete securityContext?.seccompProfile;
    },
    /seccompProfile/,
  ],
  [
    "lets a process gain privileges",
    (pod) => {
      sidecar(pod).securityContext = { ...sidecar(pod).securityContext, allowPrivilegeEscalation: true };
    },
    /allowPrivilegeEscalation != false/,
  ],
  [
    "keeps its capabilities",
    (pod) => {
      delete sidecar(pod).securityContext?.capabilities;
    },
    /unrestricted capabilities/,
  ],
  [
    "takes a port of its node",
    (pod) => {
      sidecar(pod).ports = [{ containerPort: 1, hostPort: 1 }];
    },
    /hostPort/,
  ],
])("the namespace refuses it when it %s", async (_, loosen, because) => {
  const asked = askFor(loosen);
  await expect(asked).rejects.toThrow(/violates PodSecurity "restricted:latest"/);
  await expect(asked).rejects.toThrow(because);
});
