import { toolset } from "../toolsets/toolsets.ts";
import type { Image } from "./archive.ts";
import { prometheusUi } from "./prometheusUi.ts";
import { scratchImage } from "./scratch.ts";

export const SANDBOX_IMAGE = "registry.k8s.io/pause:3.10";
/** What kubeadm's CoreDNS add-on names, with the tag that the cluster's kubeadm configuration sets. */
export const COREDNS_TAG = "v1.14.7";

/**
 * The images of the parts that are not ours, under the names that manifests use, so that these are the same on every cluster.
 * Redis is Debian's own: its `redis-tools` holds the server too, which asks by what name it was started.
 */
export async function infrastructureImages(): Promise<Image[]> {
  const [pause, coredns, keda, metricsServer, prometheus, kubeStateMetrics] = [
    await toolset("pause"),
    await toolset("coredns"),
    await toolset("keda"),
    await toolset("metrics-server"),
    await toolset("prometheus"),
    await toolset("kube-state-metrics"),
  ];
  const unprivileged = "USER 65532:65532";
  return [
    await scratchImage({
      name: SANDBOX_IMAGE,
      files: { "/pause": pause.binary("pause") },
      instructions: [unprivileged, 'ENTRYPOINT ["/pause"]'],
    }),
    await scratchImage({
      name: `registry.k8s.io/coredns/coredns:${COREDNS_TAG}`,
      files: { "/coredns": coredns.binary("coredns") },
      // Port 53 needs root: files copied into an image have no capabilities of their own.
      instructions: ['ENTRYPOINT ["/coredns"]'],
    }),
    ...(await Promise.all(
      (
        [
          ["keda", "keda", "operator"],
          ["keda-metrics-apiserver", "keda-adapter", "adapter"],
          ["keda-admission-webhooks", "keda-admission-webhooks", "webhooks"],
        ] as const
      ).map(([repository, command, binary]) =>
        scratchImage({
          name: `ghcr.io/kedacore/${repository}:${keda.version}`,
          files: { [`/${command}`]: keda.binary(binary) },
          instructions: [unprivileged, `ENTRYPOINT ["/${command}", "--zap-log-level=info", "--zap-encoder=console"]`],
        }),
      ),
    )),
    await scratchImage({
      name: `registry.k8s.io/metrics-server/metrics-server:v${metricsServer.version}`,
      files: { "/metrics-server": metricsServer.binary("metrics-server") },
      instructions: [unprivileged, 'ENTRYPOINT ["/metrics-server"]'],
    }),
    await scratchImage({
      name: "docker.io/library/redis:7.0.15-bookworm",
      files: {
        "/usr/local/bin/redis-server": "/usr/bin/redis-check-rdb",
        "/usr/local/bin/redis-cli": "/usr/bin/redis-cli",
      },
      instructions: ["ENV PATH=/usr/local/bin", "WORKDIR /data", "USER 999:999", 'CMD ["redis-server"]'],
    }),
    await scratchImage({
      name: `quay.io/prometheus/prometheus:v${prometheus.version}`,
      files: {
        "/bin/prometheus": prometheus.binary("prometheus"),
        "/bin/promtool": prometheus.binary("promtool"),
        // Prometheus built without embedded assets serves them from ./web/ui of a folder named `prometheus`.
        "/prometheus/web/ui/static": await prometheusUi(prometheus),
      },
      instructions: ["WORKDIR /prometheus", "USER 65534:65534", 'ENTRYPOINT ["/bin/prometheus"]'],
    }),
    await scratchImage({
      name: `registry.k8s.io/kube-state-metrics/kube-state-metrics:v${kubeStateMetrics.version}`,
      files: { "/kube-state-metrics": kubeStateMetrics.binary("kube-state-metrics") },
      instructions: ["USER 65534:65534", 'ENTRYPOINT ["/kube-state-metrics"]'],
    }),
  ];
}
