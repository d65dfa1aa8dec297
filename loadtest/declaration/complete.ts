import { resolve } from "node:path";
import type * as z from "zod";
import type { AutoscalingFile } from "./schema/autoscalingFile.ts";
import type { workload } from "./schema/workload.ts";
import { renderPath } from "./checks/problem.ts";
import { completeLoad } from "./completeLoad.ts";
import { completeScenario } from "./completeScenario.ts";
import { addressOf, commandOf, type Fill } from "./completeValues.ts";
import type * as declared from "./declaration.ts";

/** A file whose parts fit each other, with its defaults. @param file its absolute path. @param folder that it stands in, absolute. */
export function complete(
  content: AutoscalingFile,
  file: string,
  folder: string,
): { declaration: declared.Declaration; defaults: declared.FilledIn[] } {
  const defaults: declared.FilledIn[] = [];
  const fill: Fill = (path, value, shown, why) => {
    defaults.push({ path: renderPath(path), value: shown, why });
    return value;
  };
  const namespace =
    content.namespace ??
    fill(["namespace"], null, "that of --namespace or of the context", "the file does not name one");
  const loads = new Map(
    Object.entries(content.loads).map(([name, load]) => [
      name,
      completeLoad(name, load, (path) => resolve(folder, path), fill),
    ]),
  );
  const scenarios = content.scenarios.map((scenario, index) => {
    const load = loads.get(scenario.load);
    if (load === undefined) throw new Error(`load ${scenario.load} was not checked to be there`);
    return completeScenario(scenario, load, ["scenarios", index], fill);
  });
  const evidence = completeEvidence(content.evidence ?? {}, fill);
  const workloads = Object.entries(content.workloads).map(([name, object]) => completeWorkload(name, object));
  return { declaration: { file, folder, namespace, workloads, scenarios, evidence }, defaults };
}

function completeWorkload(name: string, content: z.output<typeof workload>): declared.DeclaredWorkload {
  const namespace = content.namespace ?? null;
  return "deployment" in content
    ? { name, kind: "Deployment", object: content.deployment, namespace }
    : { name, kind: "StatefulSet", object: content.statefulSet, namespace };
}

function completeEvidence(
  { ledger, prometheus }: NonNullable<AutoscalingFile["evidence"]>,
  fill: Fill,
): declared.Declaration["evidence"] {
  return {
    ledger:
      ledger === undefined ? null : { accepted: commandOf(ledger.accepted), finished: commandOf(ledger.finished) },
    prometheus:
      prometheus === undefined
        ? null
        : {
            source:
              "url" in prometheus
                ? { kind: "url", url: prometheus.url }
                : { kind: "service", address: prometheusAddress(addressOf(prometheus.address), fill) },
            mustHold: (prometheus.mustHold ?? []).map(({ name, query, ...bound }) => ({
              name,
              query,
              bound:
                "atMost" in bound ? { kind: "atMost", value: bound.atMost } : { kind: "atLeast", value: bound.atLeast },
            })),
            mustNotRise: Object.entries(prometheus.mustNotRise ?? {}).map(([name, query]) => ({
              workload: name,
              query,
            })),
          },
  };
}

function prometheusAddress(address: declared.ServiceAddress, fill: Fill): declared.ServiceAddress {
  const path = ["evidence", "prometheus", "address", "scheme"];
  return { ...address, scheme: address.scheme ?? fill(path, "http", "http", "Prometheus is asked over HTTP") };
}
