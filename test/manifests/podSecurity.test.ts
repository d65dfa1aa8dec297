import { broken, container, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { podSecurityFindings } from "./support/podSecurity.ts";
import { OVERLAYS, render } from "../support/render.ts";

describe.each(OVERLAYS)("pod security of %s", (overlay) => {
  const objects = render(overlay);

  test("meets the level restricted, and the project's own rules", () => {
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
    [
      "an account that hands its token out",
      (copy) => {
        for (const object of copy) if (object.kind === "ServiceAccount") delete object.automountServiceAccountToken;
      },
      "ServiceAccount api gives its token to every pod",
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
  ])("is violated by %s", (_, breakIt, finding) => {
    expect(podSecurityFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });
});
