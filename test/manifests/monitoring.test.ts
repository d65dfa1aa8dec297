import { parse } from "yaml";
import { versionOf } from "../../scripts/toolsets/toolsets.ts";
import { container, containers, existing, ofKind, workload, workloads } from "../../scripts/manifests/manifest.ts";
import { render } from "./support/render.ts";

interface ScrapeConfiguration {
  global: { scrape_interval: string };
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    static_configs?: { targets: string[] }[];
    kubernetes_sd_configs?: { role: string; namespaces: { own_namespace: boolean } }[];
    relabel_configs?: { source_labels?: string[]; regex?: string; action?: string; target_label?: string }[];
  }[];
}

describe("Prometheus in the dev overlay", () => {
  const objects = render("kustomize/overlays/dev");
  const prometheus = workload(objects, "prometheus").spec.template.spec;
  const config = existing(
    objects.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === prometheus.volumes?.[0]?.configMap?.name,
    ),
    "ConfigMap of Prometheus",
  );
  const configuration = parse(existing(config.data?.["prometheus.yml"], "prometheus.yml")) as ScrapeConfiguration;
  const job = configuration.scrape_configs.find(({ job_name }) => job_name === "pods");

  test("looks at the pods of its own namespace, every 5 s", () => {
    expect(configuration.global.scrape_interval).toBe("5s");
    expect(job?.kubernetes_sd_configs).toEqual([{ role: "pod", namespaces: { own_namespace: true } }]);
  });

  test("scrapes exactly the metrics ports of the services, the sidecar's too", () => {
    const keep = job?.relabel_configs?.find(({ action }) => action === "keep");
    expect(keep?.source_labels).toEqual(["__meta_kubernetes_pod_container_port_name"]);
    const kept = new RegExp(`^(?:${existing(keep?.regex, "regex")})$`);
    const scraped = workloads(objects).flatMap((object) =>
      containers(object.spec.template.spec).flatMap((one) =>
        (one.ports ?? [])
          .filter(({ name }) => kept.test(name ?? ""))
          .map(({ containerPort }) => `${object.metadata.name}/${one.name} ${containerPort}`),
      ),
    );
    expect(scraped.sort()).toEqual([
      "api/api 9464",
      "api/validator 9465",
      "servicebus-emulator/servicebus-emulator 9464",
      "worker/worker 9464",
    ]);
  });

  test("labels what it scrapes with the contract's labels, namespace, pod and container", () => {
    const map = job?.relabel_configs?.find(({ action }) => action === "labelmap");
    expect(map?.regex).toBe("__meta_kubernetes_pod_label_(app|microservice|service|type)");
    expect(job?.relabel_configs?.flatMap((rule) => rule.target_label ?? [])).toEqual(["namespace", "pod", "container"]);
  });

  test("leaves the working directory to its image, which has its web UI there", () => {
    for (const one of prometheus.containers) expect(one.workingDir).toBeUndefined();
  });

  test("asks kube-state-metrics, KEDA by its Services' names, and itself", () => {
    const others = configuration.scrape_configs.filter((one) => one !== job);
    expect(Object.fromEntries(others.map((one) => [one.job_name, one.static_configs?.[0]?.targets]))).toEqual({
      "kube-state-metrics": ["kube-state-metrics:8080"],
      "keda-operator": ["keda-operator.keda:8080"],
      "keda-metrics-apiserver": ["keda-metrics-apiserver.keda:8080"],
      prometheus: ["localhost:9090"],
    });
    const service = ofKind(objects, "Service").find(({ metadata }) => metadata.name === "kube-state-metrics");
    expect(service?.spec.ports.map(({ port }) => port)).toEqual([8080]);
  });

  test("finds its rules where they are mounted", () => {
    expect(configuration.rule_files).toEqual(["/etc/prometheus/*.rules.yml"]);
    expect(Object.keys(config.data ?? {}).sort()).toEqual([
      "alerts.rules.yml",
      "prometheus.yml",
      "recording.rules.yml",
    ]);
  });

  test("runs the version that its toolset builds", () => {
    expect(prometheus.containers[0]?.image).toBe(`quay.io/prometheus/prometheus:v${versionOf("prometheus")}`);
  });
});

describe("kube-state-metrics in the dev overlay", () => {
  const objects = render("kustomize/overlays/dev");
  const one = container(workload(objects, "kube-state-metrics"), "kube-state-metrics");

  test("reads no more than its own namespace, and of it what its Role allows", () => {
    expect(one.args).toContain("--namespaces=$(POD_NAMESPACE)");
    const role = existing(
      objects.find(({ kind, metadata }) => kind === "Role" && metadata.name === "kube-state-metrics") as
        { rules: { resources: string[]; verbs: string[] }[] } | undefined,
      "Role kube-state-metrics",
    );
    const asked = existing(
      one.args?.find((argument) => argument.startsWith("--resources=")),
      "--resources",
    );
    expect(role.rules.flatMap(({ resources }) => resources).sort()).toEqual(
      asked.slice("--resources=".length).split(",").sort(),
    );
    for (const { verbs } of role.rules) expect(verbs).toEqual(["list", "watch"]);
    expect(objects.filter(({ kind }) => kind.startsWith("ClusterRole"))).toEqual([]);
  });

  test("runs the version that its toolset builds", () => {
    expect(one.image).toBe(`registry.k8s.io/kube-state-metrics/kube-state-metrics:v${versionOf("kube-state-metrics")}`);
  });
});
