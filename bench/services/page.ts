import { ratioTable, type RatioRow } from "./ratioRow.ts";

/** The services' section of the page with the figures. */
export function servicesSection(run: {
  readonly at: string;
  readonly machine: string;
  readonly loadBefore: string;
  readonly loadAfter: string;
  readonly pinned: boolean;
  readonly repetitions: number;
  readonly rows: readonly RatioRow[];
}): string {
  const { at, machine, loadBefore, loadAfter, pinned, repetitions, rows } = run;
  return `Written by the last run of

\`\`\`sh
npm run bench
\`\`\`

on ${at.slice(0, 10)}: ${machine}. Load average at the start: ${loadBefore}; at the end: ${loadAfter}.

${ratioTable(rows)}

${pinned ? "What is measured has **one core**, its clients and all that it leans on have the others (\`taskset\`)." : "Nothing was on a core of its own (no \`taskset\` on this machine)."} **CPU-s** is a second of the
measured process's own CPU time, so that other work on the machine shows little in the ratios. Median and spread are of ${repetitions} repetitions, service and reference in
turn, each with a fresh process, queue and Redis. The services are the bundles of their images; validator, Service Bus emulator (data on a disk) and Redis
(\`appendonly yes\`) are real. The references are in \`bench/services\`. **pass** and **short** say whether the median reaches the target.
`;
}
