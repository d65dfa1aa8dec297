import { finding, type ManifestFinding } from "./manifestFinding.ts";
import { DRAIN_LIMIT_MS } from "../../src/shared/lifecycle.ts";
import { containers, environment, title, workloads, type Manifest } from "./manifest.ts";

/** What a drain takes beside the waits that its environment names: closing links, and a sidecar that stops last. */
const DRAIN_MARGIN_SECONDS = 10;

/** After so long a draining service of this project leaves in any case. */
const DRAIN_LIMIT_SECONDS = DRAIN_LIMIT_MS / 1_000;

/** In the name of an image that is one of this project's. */
const OURS = "/ownsignal/";

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
            finding(
              "grace-period-too-short",
              `${title(object)} is given ${graceSeconds} s to stop, its drain can take ${drainSeconds} s`,
            ),
          ]),
      ...(limited
        ? [
            finding(
              "grace-period-within-drain-limit",
              `${title(object)} is killed after ${graceSeconds} s, before it says why it could not drain`,
            ),
          ]
        : []),
    ];
  });
}
