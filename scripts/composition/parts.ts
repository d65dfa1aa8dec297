import { parseAllDocuments } from "yaml";
import {
  ofKind,
  workloads,
  type Labels,
  type Manifest,
  type Of,
  type Specs,
  type Workload,
} from "../manifests/manifest.ts";

/** Who may dial whom within the namespace, by the names of their workloads. */
export interface Flow {
  from: string;
  to: string;
}

/** What a rendered overlay is composed of, as far as it is drawn. */
export interface Parts {
  namespace: string;
  workloads: Workload[];
  services: Of<Specs["Service"]>[];
  horizontals: Of<Specs["HorizontalPodAutoscaler"]>[];
  scaled: Of<Specs["ScaledObject"]>[];
  flows: Flow[];
}

/** Reads the rendered objects of an overlay. */
export function partsOf(rendered: string): Parts {
  const objects = parseAllDocuments(rendered).map((document) => document.toJS() as Manifest);
  const selected = (selector: Labels | undefined): string[] =>
    workloads(objects)
      .filter((workload) => selects(selector ?? {}, workload))
      .map(({ metadata }) => metadata.name);
  const flows = ofKind(objects, "NetworkPolicy").flatMap(({ spec }) =>
    selected(spec.podSelector.matchLabels).flatMap((from) =>
      (spec.egress ?? [])
        .flatMap(({ to = [] }) => to)
        .filter(({ podSelector, namespaceSelector }) => podSelector !== undefined && namespaceSelector === undefined)
        .flatMap(({ podSelector }) => selected(podSelector?.matchLabels))
        .map((to) => ({ from, to })),
    ),
  );
  return {
    namespace: objects.find(({ kind }) => kind === "Namespace")?.metadata.name ?? "default",
    workloads: workloads(objects),
    services: ofKind(objects, "Service"),
    horizontals: ofKind(objects, "HorizontalPodAutoscaler"),
    scaled: ofKind(objects, "ScaledObject"),
    flows,
  };
}

/** Whether these labels are the workload's pods'. */
export function selects(selector: Labels, { spec }: Workload): boolean {
  const { labels = {} } = spec.template.metadata;
  return Object.entries(selector).every(([label, value]) => labels[label] === value);
}
