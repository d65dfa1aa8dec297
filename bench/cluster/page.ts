import { ratioTable, type RatioRow } from "../services/ratioRow.ts";

/** The cluster's section of the page with the figures. */
export function clusterSection(run: {
  readonly at: string;
  readonly machine: string;
  readonly loadBefore: string;
  readonly drains: number;
  readonly proofs: number;
  readonly passed: number;
  readonly rows: readonly RatioRow[];
}): string {
  const { at, machine, loadBefore, drains, proofs, passed, rows } = run;
  return `Written by the last run of

\`\`\`sh
npm run bench:cluster
\`\`\`

on ${at.slice(0, 10)}: ${machine}, the embedded cluster on it. Load average at the start: ${loadBefore}.

${ratioTable(rows)}

Median and spread are of ${drains} drains of each kind, by turns, and of the ${passed} of ${proofs} smoke proofs (\`queue-backlog\`, \`api-cpu\`, \`end-to-end\`) that passed. In a drain so many
workers are ready before 20,000 orders come, KEDA is paused, and an order takes 320 ms of waiting, sixteen at a time. **Simulated** is the median of 100 simulated
runs of the same load in which KEDA's poll and the HPA's sync fall evenly over their periods, with the pod starts and the pace that were measured in the same
proof: what is above it is not chance of phases. Pod-seconds and lower bound are those of [timings](../explanation/timings.md). **pass** and **short** say whether the median reaches the target.
`;
}
