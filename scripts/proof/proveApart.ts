import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { exitCodeOf, type Verdict, verdict } from "../../loadtest/model/verdict.ts";
import type { Cluster } from "../cluster/provider.ts";
import { CommandError, run } from "../process/command.ts";
import { ROOT } from "../process/paths.ts";
import { toolset } from "../toolsets/toolsets.ts";

/** What is needed of report.json. */
const report = z.looseObject({
  verdict,
  scenarios: z.array(
    z.looseObject({
      assertions: z.array(z.looseObject({ status: verdict, causes: z.array(z.looseObject({ id: z.string() })) })),
    }),
  ),
});

export interface Proven {
  verdict: Verdict;
  /** Ids of the causes of those assertions that made the verdict; none where it is pass. */
  causes: string[];
  seconds: number;
}

/**
 * Runs `prove` as a person would, in a process of its own, and reads its report.
 * @param args beside `--out`.
 * @param outDir where the proof leaves its reports; emptied before.
 * @throws {Error} when the proof leaves no report, or one that contradicts its exit code.
 */
export async function proveApart(args: readonly string[], cluster: Cluster, outDir: string): Promise<Proven> {
  // A report that an interrupted run left would be taken for this one's.
  await rm(outDir, { recursive: true, force: true });
  const startMs = Date.now();
  const { exitCode, output } = await prove([...args, "--out", outDir], cluster);
  const seconds = Math.round((Date.now() - startMs) / 1000);
  const text = await readFile(join(outDir, "report.json"), "utf8").catch((error: unknown) => {
    throw new Error(`the proof ended with ${exitCode ?? "a signal"} and left no report:\n${output}`, { cause: error });
  });
  const { verdict, scenarios } = report.parse(JSON.parse(text));
  if (exitCodeOf(verdict) !== exitCode) {
    throw new Error(`the proof ended with ${exitCode ?? "a signal"}, and its report says ${verdict}`);
  }
  return { verdict, causes: causesOf(verdict, scenarios), seconds };
}

/** The causes of those assertions that made the verdict. */
export function causesOf(
  verdict: Verdict,
  scenarios: readonly { assertions: readonly { status: Verdict; causes: readonly { id: string }[] }[] }[],
): string[] {
  if (verdict === "pass") return [];
  const ids = scenarios.flatMap(({ assertions }) =>
    assertions.filter(({ status }) => status === verdict).flatMap(({ causes }) => causes.map(({ id }) => id)),
  );
  return [...new Set(ids)];
}

async function prove(args: readonly string[], cluster: Cluster): Promise<{ exitCode: number | null; output: string }> {
  try {
    const output = await run(process.execPath, [join(ROOT, "scripts/commands/prove.ts"), ...args], {
      env: await environmentOf(cluster),
    });
    return { exitCode: 0, output };
  } catch (error) {
    if (error instanceof CommandError) return { exitCode: error.exitCode, output: error.message };
    throw error;
  }
}

/** The loads' commands run kubectl: on PATH, and with the cluster that is proven. */
async function environmentOf({ kubeconfig }: Cluster): Promise<NodeJS.ProcessEnv> {
  // Without a kubeconfig of its own the cluster is that of a person's own kubectl.
  if (kubeconfig === undefined) return {};
  const kubernetes = await toolset("kubernetes");
  return { KUBECONFIG: kubeconfig, PATH: `${dirname(kubernetes.binary("kubectl"))}:${process.env.PATH ?? ""}` };
}
