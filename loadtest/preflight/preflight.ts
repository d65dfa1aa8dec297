import { VersionApi, type KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { askedOnce, refusalOf, whyNotAnswered } from "./ask.ts";
import { measureSkew, skewFinding, type Skew } from "./clock.ts";
import { k6Problem } from "./k6Version.ts";
import { inWords, missingOf, rightsNeeded, type Access } from "./rbac.ts";
import { readStanding, unknownWorkloads } from "./workloads.ts";

/** What is looked at before any load. */
export interface PreflightOptions extends Access {
  kubeConfig: KubeConfig;
  k6Path: string;
  /** The version of k6 that this project builds for itself. */
  pinnedK6: string;
  /** Takes what is worth knowing and stops nothing, one line each. */
  note?: (line: string) => void;
  /** Measures the clocks' difference; a test gives another. */
  measureSkew?: (kubeConfig: KubeConfig) => Promise<Skew | undefined>;
}

/**
 * Why no load would prove anything here, before one is run: one line a problem, with what would be right; none when all is well.
 * Changes nothing, and never throws.
 */
export async function preflight(options: PreflightOptions): Promise<string[]> {
  const { kubeConfig, namespace } = options;
  const note = options.note ?? (() => undefined);
  const [k6, unreachable] = await Promise.all([
    k6Problem(options.k6Path, options.pinnedK6),
    whyUnreachable(kubeConfig),
  ]);
  const problems = k6 === undefined ? [] : [k6];
  if (unreachable !== undefined) return [...problems, unreachable];

  const [missing, standing, skew] = await Promise.all([
    missingOf(kubeConfig, rightsNeeded(options)).catch((error: unknown) => {
      note(`the API server does not say which rights there are: ${whyNotAnswered(error)}`);
      return [];
    }),
    readStanding(kubeConfig, namespace),
    (options.measureSkew ?? measureSkew)(kubeConfig).catch(() => undefined),
  ]);
  for (const right of missing) {
    if (right.optional === true) note(`no right to ${inWords(right)}, ${right.why}: left out`);
    else
      problems.push(`context ${kubeConfig.getCurrentContext()} has no right to ${inWords(right)}, needed ${right.why}`);
  }
  problems.push(...unknownWorkloads(standing));
  if (standing.services?.includes("prometheus") === false && standing.services.length > 0) {
    note(`namespace ${namespace} has no Service prometheus: the services' own counters are not judged`);
  }
  const clock = skewFinding(skew);
  if (clock.problem !== undefined) problems.push(clock.problem);
  if (clock.note !== undefined) note(clock.note);
  return problems;
}

/** Why the API server does not answer, with what was dialled; undefined when it does. */
async function whyUnreachable(kubeConfig: KubeConfig): Promise<string | undefined> {
  const where = `the API server of context ${kubeConfig.getCurrentContext()} (${kubeConfig.getCurrentCluster()?.server ?? "no address"})`;
  try {
    await kubeConfig.makeApiClient(VersionApi).getCode({}, askedOnce());
    return undefined;
  } catch (error) {
    const refused = refusalOf(error);
    if (refused?.code === 401) return `${where} does not know who asks (401): log in again, or take another context`;
    // Whoever may not ask for the version has reached it all the same.
    if (refused?.code === 403) return undefined;
    if (refused !== undefined) return `${where} is not ready: ${refused.message}`;
    return `${where} cannot be reached: ${messageOf(error)}`;
  }
}
