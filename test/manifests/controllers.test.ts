import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { stringify } from "yaml";
import { containers, existing, workload, type Container, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "./support/render.ts";

const COMPONENTS = resolve(import.meta.dirname, "../../kustomize/controllers");

/** Manifests of upstream, as far as the components touch them. */
function upstream(namespace: string, name: string, containerName: string, image: string): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: containerName,
              image,
              imagePullPolicy: "Always",
              args: ["--upstream"],
              resources: { requests: { cpu: "100m" }, limits: { cpu: "1000m" } },
              volumeMounts: [{ name: "certificates", mountPath: "/certs" }],
            },
          ],
          volumes: [{ name: "certificates", secret: { secretName: "certs" } }],
        },
      },
    },
  };
}

/** Renders manifests of upstream with components, from a folder elsewhere, as the set-up does. */
function renderWith(manifests: readonly Manifest[], components: readonly string[]): Manifest[] {
  // Kustomize takes relative paths only, and takes them from where the folder really is.
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "ownsignal-controllers-")));
  try {
    writeFileSync(join(directory, "upstream.yaml"), manifests.map((manifest) => stringify(manifest)).join("---\n"));
    writeFileSync(
      join(directory, "kustomization.yaml"),
      stringify({
        resources: ["upstream.yaml"],
        components: components.map((component) => relative(directory, realpathSync(join(COMPONENTS, component)))),
      }),
    );
    return render(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function onlyContainer(objects: readonly Manifest[], name: string): Container {
  return existing(containers(workload(objects, name).spec.template.spec)[0], `container of ${name}`);
}

// The release manifests and those of the module differ in their tags.
describe.each(["main", "2.21.0"])("the KEDA component on manifests with tag %s", (tag) => {
  const objects = renderWith(
    [
      upstream("keda", "keda-operator", "keda-operator", `ghcr.io/kedacore/keda:${tag}`),
      upstream(
        "keda",
        "keda-metrics-apiserver",
        "keda-metrics-apiserver",
        `ghcr.io/kedacore/keda-metrics-apiserver:${tag}`,
      ),
      upstream("keda", "keda-admission", "keda-admission-webhooks", `ghcr.io/kedacore/keda-admission-webhooks:${tag}`),
    ],
    ["keda"],
  );

  test.each([
    ["keda-operator", "ghcr.io/kedacore/keda:2.21.0"],
    ["keda-metrics-apiserver", "ghcr.io/kedacore/keda-metrics-apiserver:2.21.0"],
    ["keda-admission", "ghcr.io/kedacore/keda-admission-webhooks:2.21.0"],
  ])("pins %s and keeps what it does not name", (name, image) => {
    expect(onlyContainer(objects, name)).toMatchObject({
      image,
      imagePullPolicy: "IfNotPresent",
      args: ["--upstream"],
      resources: { limits: { cpu: "1000m" } },
    });
  });

  test("gives the operator the CA where there is one, beside its own certificates", () => {
    expect(onlyContainer(objects, "keda-operator").volumeMounts).toEqual(
      expect.arrayContaining([
        { name: "certificates", mountPath: "/certs" },
        { name: "custom-ca", mountPath: "/custom/ca", readOnly: true },
      ]),
    );
    expect(workload(objects, "keda-operator").spec.template.spec.volumes).toContainEqual({
      name: "custom-ca",
      configMap: { name: "custom-ca", optional: true },
    });
  });
});

test("the component for workload identity marks the operator's pods, beside what KEDA's component does", () => {
  const operator = upstream("keda", "keda-operator", "keda-operator", "ghcr.io/kedacore/keda:2.21.0");
  const { spec } = workload(renderWith([operator], ["keda-workload-identity"]), "keda-operator");
  expect(spec.template.metadata.labels).toEqual({ app: "keda-operator", "azure.workload.identity/use": "true" });
  expect(spec.selector.matchLabels).toEqual({ app: "keda-operator" });
});

describe("the metrics-server components", () => {
  const manifests = [
    upstream("kube-system", "metrics-server", "metrics-server", "gcr.io/staging/metrics-server:master"),
  ];

  test("pin the image and loosen nothing", () => {
    expect(onlyContainer(renderWith(manifests, ["metrics-server"]), "metrics-server")).toMatchObject({
      image: "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
      imagePullPolicy: "IfNotPresent",
      args: ["--upstream"],
    });
  });

  test("do without the kubelet's certificate where that is asked for", () => {
    const objects = renderWith(manifests, ["metrics-server", "metrics-server-insecure-kubelet"]);
    expect(onlyContainer(objects, "metrics-server").args).toEqual(["--upstream", "--kubelet-insecure-tls"]);
  });
});
