import type { ChartData, Signal, WorkloadTrack } from "../chartData.ts";
import { type Explanation, explainReplicas, missingAt } from "../explainReplicas.ts";
import { type Panel, panelsOf, signalPanel } from "./curves.ts";

/** What stands under one heading of the charts: a workload, or a queue of which it is not known which workload it feeds. */
export interface Section {
  title: string;
  /** What the scenario expects of it, in a word; empty where nothing. */
  role: string;
  /** Drawn lower. */
  quiet: boolean;
  panels: Panel[];
  explain?: (index: number) => Explanation;
  /** The same in a line, for screen readers. */
  sentence?: (index: number) => string;
}

const ROLES: Record<WorkloadTrack["role"], string> = {
  mustScale: "under test",
  mustNotScale: "control",
  watched: "",
};

export function sectionsOf({ tracks, queues }: ChartData): Section[] {
  return [...tracks.map(workloadSection), ...queues.map(queueSection)];
}

function workloadSection(track: WorkloadTrack): Section {
  return {
    title: track.workload,
    role: ROLES[track.role],
    quiet: track.role === "mustNotScale",
    panels: panelsOf(track),
    explain: (index) => explainReplicas(track, index),
    sentence: (index) => `${track.workload}: ${sentence(track, index)}`,
  };
}

function queueSection(signal: Signal): Section {
  return { title: `queue ${signal.queue ?? ""}`, role: "", quiet: true, panels: [signalPanel(signal)] };
}

function sentence(track: WorkloadTrack, index: number): string {
  const { replicas, because } = explainReplicas(track, index);
  const missing = missingAt(track.replicas.missing, index);
  return because === "" || missing !== undefined ? replicas : `${replicas}, ${because}`;
}
