import { SCOPE, type DashboardLayout } from "./panels.ts";

const NAMESPACE = `namespace="${SCOPE.namespace}"`;
const RATE = SCOPE.rateInterval;
/** The services' own containers: the ones that carry the contract's label, and not Prometheus itself. */
const OF_PODS = `${NAMESPACE}, job="pods"`;
const LEGEND = "{{pod}} {{container}}";

/** What a container asked the scheduler for or is held to; a native sidecar's is told apart, since it is an init container. */
function resource(kind: "requests" | "limits", name: "cpu" | "memory"): string {
  const series = ["kube_pod_container", "kube_pod_init_container"].map(
    (prefix) => `${prefix}_resource_${kind}{${NAMESPACE}, resource="${name}"}`,
  );
  return `max by (namespace, pod, container) (${series.join(" or ")})`;
}

function against(used: string, allowed: string): string {
  return `sum by (namespace, pod, container) (${used}) / on (namespace, pod, container) ${allowed}`;
}

/** Health of the processes. */
export const runtime: DashboardLayout = {
  uid: "ownsignal-runtime",
  title: "Runtime",
  description:
    "The processes behind the services: event loop, memory, garbage collection, CPU, dependencies. A pod that has ended leaves a gap.",
  rows: [
    {
      title: "Node",
      panels: [
        {
          title: "Event loop lag (p99)",
          description:
            "How late the event loop gets to what is due. Everything that a process serves waits this long in addition.",
          unit: "s",
          alarm: { from: 0.1 },
          noData: "no service is scraped",
          curves: [{ expression: `nodejs_eventloop_lag_p99_seconds{${OF_PODS}}`, legend: LEGEND }],
        },
        {
          title: "Heap used",
          description:
            "Live objects and garbage not yet collected. A saw-tooth is right; a floor that only rises is a leak.",
          unit: "bytes",
          alarm: { from: 256 * 1024 * 1024 },
          noData: "no service is scraped",
          curves: [{ expression: `nodejs_heap_size_used_bytes{${OF_PODS}}`, legend: LEGEND }],
        },
        {
          title: "Garbage collection",
          description:
            "Share of the time that is spent collecting, by kind. Major collections that last mean the heap is too small for the load.",
          unit: "percentunit",
          alarm: { from: 0.1 },
          noData: "nothing was collected yet",
          curves: [
            {
              expression: `sum by (pod, container, kind) (rate(nodejs_gc_duration_seconds_sum{${OF_PODS}}[${RATE}]))`,
              legend: `${LEGEND} {{kind}}`,
            },
          ],
        },
      ],
    },
    {
      title: "Resources",
      panels: [
        {
          title: "CPU against request",
          description:
            "CPU used, as a share of the request. For container api this is the HPA's signal, fresher and unaveraged. Above 1 is no fault: there is no CPU limit.",
          unit: "percentunit",
          alarm: { from: 4 },
          noData: "no service is scraped",
          curves: [
            {
              expression: against(`rate(process_cpu_seconds_total{${OF_PODS}}[${RATE}])`, resource("requests", "cpu")),
              legend: LEGEND,
            },
          ],
        },
        {
          title: "Memory against limit",
          description: "Resident memory, as a share of the limit. At 1 the kernel ends the process.",
          unit: "percentunit",
          alarm: { from: 0.9 },
          noData: "no service is scraped",
          curves: [
            {
              expression: against(`process_resident_memory_bytes{${OF_PODS}}`, resource("limits", "memory")),
              legend: LEGEND,
            },
          ],
        },
        {
          title: "Dependencies",
          description:
            "1 when a dependency answered when it was last asked. The API goes on without Redis; without broker or validator it says 503.",
          unit: "short",
          alarm: { below: 1 },
          maximum: 1,
          noData: "no service is scraped; at zero workers the worker reports nothing",
          curves: [
            {
              expression: `dependency_up{${OF_PODS}}`,
              legend: "{{pod}} → {{dependency}}",
              style: "steps",
            },
          ],
        },
      ],
    },
    {
      title: "Metrics themselves",
      panels: [
        {
          title: "Scrape targets up",
          description:
            "1 for each target that answered its last scrape. Pods that have ended leave a gap. Alerts: MetricsTargetDown, MetricsTargetMissing.",
          unit: "short",
          alarm: { below: 1 },
          maximum: 1,
          noData: "Prometheus finds no targets",
          curves: [
            { expression: `up{${OF_PODS}}`, legend: LEGEND, style: "steps" },
            { expression: 'up{job!="pods"}', legend: "{{job}}", style: "steps" },
          ],
          width: 24,
        },
      ],
    },
  ],
};
