import { containers, title, workloads, type Manifest } from "../../../scripts/manifests/manifest.ts";

/** The development cluster's two cores are shared, so an answer can take long without anything being wrong. */
const MIN_PROBE_TIMEOUT_SECONDS = 5;

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
