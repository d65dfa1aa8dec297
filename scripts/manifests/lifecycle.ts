import type { ManifestFinding } from "./manifestFinding.ts";
import { DRAIN_LIMIT_MS } from "../../src/shared/lifecycle.ts";
import { containers, environment, title, workloads, type Manifest } from "./manifest.ts";

/** What a drain takes beside the waits that its environment names: closing links, and a sidecar that stops last. */
const DRAIN_MARGIN_SECONDS = 10;

/** After so long a draining service of this project leaves in any case. */
const DRAIN_LIMIT_SECONDS = DRAIN_LIMIT_MS / 1_000;

/** In the name of an image that is one of this project's. */
const OURS = "/ownsignal/";

/** The development cluster's two cores are shared, so an answer can take long without anything being wrong. */
const MIN_PROBE_TIMEOUT_SECONDS = 5;

function found(id: ManifestFinding["id"], text: string): ManifestFinding {
  return { id, text };
}

/** Grace periods shorter than the drain they have to cover. */
export function drainFindings(objects: readonly Manifest[]): ManifestFinding[] {
  return workloads(objects).flatMap((object) => {
    const pod = object.spec.template.spec;
    const graceSeconds = pod.terminationGracePeriodSeconds ?? 0;
    const waitsMs = containers(pod).map((one) => {
      const {
        DRAIN_DELAY_MS = "0",
        FULFILMENT_LATENCY_MS = "0",
        METRICS_LAST_SCRAPE_WAIT_MS = "0",
      } = environment(objects, one);
      return Number(DRAIN_DELAY_MS) + Number(FULFILMENT_LATENCY_MS) + Number(METRICS_LAST_SCRAPE_WAIT_MS);
    });
    const drainSeconds = Math.max(...waitsMs) / 1_000 + DRAIN_MARGIN_SECONDS;
    const limited = containers(pod).some(({ image }) => image.includes(OURS)) && graceSeconds <= DRAIN_LIMIT_SECONDS;
    return [
      ...(graceSeconds >= drainSeconds
        ? []
        : [
            found(
              "grace-period-too-short",
              `${title(object)} is given ${graceSeconds} s to stop, its drain can take ${drainSeconds} s`,
            ),
          ]),
      ...(limited
        ? [
            found(
              "grace-period-within-drain-limit",
              `${title(object)} is killed after ${graceSeconds} s, before it says why it could not drain`,
            ),
          ]
        : []),
    ];
  });
}

/** Containers without a probe of each kind, with an impatient one, or with one on a port that they do not have. */
export function probeFindings(objects: readonly Manifest[]): string[] {
  return workloads(objects).flatMap((object) =>
    containers(object.spec.template.spec).flatMap((one) =>
      (["startupProbe", "readinessProbe", "livenessProbe"] as const).flatMap((kind) => {
        const what = `${title(object)}, container ${one.name}: ${kind}`;
        const probe = one[kind];
        if (probe === undefined) return [`${what} is missing`];
        const timeoutSeconds = probe.timeoutSeconds ?? 1;
        const port = probe.httpGet?.port;
        return [
          ...(timeoutSeconds < MIN_PROBE_TIMEOUT_SECONDS ? [`${what} waits ${timeoutSeconds} s only`] : []),
          ...(port === undefined || one.ports?.some(({ name }) => name === port) === true
            ? []
            : [`${what} asks port ${port}, which the container does not have`]),
        ];
      }),
    ),
  );
}
