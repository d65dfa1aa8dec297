import { parse } from "yaml";
import { containers, existing, workload, workloads } from "./support/manifest.ts";
import { render } from "./support/render.ts";

interface ScrapeConfiguration {
  global: { scrape_interval: string };
  scrape_configs: {
    kubernetes_sd_configs: { role: string; namespaces: { own_namespace: boolean } }[];
    relabel_configs: { source_labels?: string[]; regex?: string; action?: string; target_label?: string }[];
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
  const [job] = configuration.scrape_configs;

  test("looks at the pods of its own namespace, every 5 s", () => {
    expect(configuration.global.scrape_interval).toBe("5s");
    expect(job?.kubernetes_sd_configs).toEqual([{ role: "pod", namespaces: { own_namespace: true } }]);
  });

  test("scrapes exactly the metrics ports of the services, the sidecar's too", () => {
    const keep = job?.relabel_configs.find(({ action }) => action === "keep");
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

  test("labels what it scrapes with the contract's labels, pod and container", () => {
    const map = job?.relabel_configs.find(({ action }) => action === "labelmap");
    expect(map?.regex).toBe("__meta_kubernetes_pod_label_(app|microservice|service|type)");
    expect(job?.relabel_configs.flatMap((rule) => rule.target_label ?? [])).toEqual(["pod", "container"]);
  });

  test("leaves the working directory to its image, which has its web UI there", () => {
    for (const one of prometheus.containers) expect(one.workingDir).toBeUndefined();
  });
});
