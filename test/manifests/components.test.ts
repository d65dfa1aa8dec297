import { environment, container, existing, ofKind, workload } from "../../scripts/manifests/manifest.ts";
import { render } from "./support/render.ts";

describe("component tracing", () => {
  const objects = render("test/manifests/fixtures/tracing");

  test.each(["api", "worker"])("lets %s reach the collector that it names, and no other", (name) => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT = "" } = environment(objects, container(workload(objects, name), name));
    const { hostname, port } = new URL(OTEL_EXPORTER_OTLP_ENDPOINT);
    const [service, namespace] = hostname.split(".");
    const policy = ofKind(objects, "NetworkPolicy").find(({ metadata }) => metadata.name === name);
    expect(existing(policy, `NetworkPolicy ${name}`).spec.egress).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          podSelector: { matchLabels: { "app.kubernetes.io/name": service } },
        },
      ],
      ports: [{ protocol: "TCP", port: Number(port) }],
    });
  });
});

describe("component worker-on-cpu", () => {
  const [onQueue] = ofKind(render("kustomize/base"), "ScaledObject");
  const objects = render("test/manifests/fixtures/worker-on-cpu");
  const onCpu = ofKind(objects, "HorizontalPodAutoscaler").find(({ metadata }) => metadata.name === "worker");

  test("differs from KEDA in the signal, and in what the signal cannot do", () => {
    expect(onCpu?.spec).toMatchObject({
      scaleTargetRef: existing(onQueue, "ScaledObject").spec.scaleTargetRef,
      minReplicas: 1,
      maxReplicas: onQueue?.spec.maxReplicaCount,
      behavior: onQueue?.spec.advanced?.horizontalPodAutoscalerConfig?.behavior,
      metrics: [{ type: "ContainerResource", containerResource: { container: "worker", name: "cpu" } }],
    });
  });

  test("leaves nothing of KEDA", () => {
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith("keda.sh"))).toEqual([]);
  });
});
