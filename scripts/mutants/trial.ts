import { join } from "node:path";
import { runProof } from "../../loadtest/engine/runProof.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import { sizesOf } from "../../loadtest/model/profiles.ts";
import { expectedSeconds } from "../../loadtest/scenarios/catalogue.ts";
import type { Manifest } from "../../test/manifests/support/manifest.ts";
import { CATALOGUE, isNamed, type Mutant, type Objection } from "./catalogue.ts";
import { isCheap, linesOf } from "./detectors.ts";
import type { Cluster } from "../cluster/provider.ts";
import { rolledOut } from "../setup/controllers.ts";
import { diagnose, diagnoseSettled } from "../diagnosis/diagnose.ts";
import { hasErrors } from "../diagnosis/finding.ts";
import { formatFinding } from "../diagnosis/texts.ts";
import { DEV_NAMESPACE, DEV_OVERLAY, ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { proofClusterOn } from "../proof/proofCluster.ts";
import { toolset } from "../toolsets/toolsets.ts";
import { areAllHeard, hearAgainAndAgain, heardProof, objectorOf, type Heard } from "./detect.ts";
import { untilAtRest } from "./baseline.ts";
import {
  apply,
  differenceOf,
  prepareVariant,
  remove,
  rendered,
  withLiveImages,
  type Rendered,
  type Variant,
} from "./variant.ts";

const MUTANTS = join(ROOT, "test/mutants");

/** KEDA's poll, then the failures that lead to its fallback. */
const DOCTOR_PATIENCE_SECONDS = 90;
const REST_PATIENCE_SECONDS = 420;
/** Deploying, restoring and coming to rest, of one mutant. */
const AROUND_SECONDS = 45;
/** Fewer than the proof's own, so that one worker alone has done them within minutes: enough for the maximum of replicas all the same. */
const SIZES = { ...sizesOf.smoke, backlogOrders: 1500 };

/** What came of one mutant. */
export interface Outcome {
  name: string;
  /** Undefined where not everybody could be heard who has to object. */
  caught: boolean | undefined;
  heard: Heard[];
  /** Why not everybody was heard. */
  trouble?: string;
  /** Whether the system could not be put back: then nothing more can be learnt from it. */
  stuck: boolean;
}

/** What is said about rendered objects, without a cluster. */
export function hearDeclared(objections: readonly Objection[], objects: readonly Rendered[]): Heard[] {
  return objections.filter(isCheap).map((objection) => {
    const lines = linesOf(objection, objects as unknown as Manifest[]);
    return { objection, named: isNamed(objection.words, lines), lines, seconds: 0 };
  });
}

/** One mutant on a cluster on which the sound overlay is deployed and at rest. */
export interface Trial {
  mutant: Mutant;
  cluster: Cluster;
  sound: readonly Rendered[];
  /** Gets a folder a mutant with its proof's report. */
  outDir: string;
  /** Aborted, it hears nobody else and puts the system back. */
  signal: AbortSignal;
}

/** Deploys a mutant, hears who has to object, and puts the system back, whatever happens. */
export async function tryOne(trial: Trial): Promise<Outcome> {
  const { cluster, sound, signal } = trial;
  const { name, broken, objections } = trial.mutant;
  say(`\n==> ${name}: ${broken}`);
  const objects = await mutantObjects(name);
  const heard = hearDeclared(objections, objects);
  const costly = objections.filter((objection) => !isCheap(objection));
  const outcome = (trouble?: string, stuck = false): Outcome => ({
    name,
    caught: areAllHeard(objections, heard),
    heard,
    ...(trouble === undefined ? {} : { trouble }),
    stuck,
  });
  if (costly.length === 0) return outcome();

  const variant = await prepareVariant(cluster, sound, await withLiveImages(cluster, objects, DEV_NAMESPACE));
  let trouble: string | undefined;
  try {
    await step("deploying it", async () => {
      await variant.deploy();
      await rollOut(cluster, variant, "other");
    });
    for (const objection of costly) {
      signal.throwIfAborted();
      heard.push(await step(`listening to ${objectorOf(objection)}`, () => listen(objection, trial)));
    }
  } catch (error) {
    trouble = `it could not be tried: ${messageOf(error)}`;
  }
  try {
    await step("putting everything back, until nothing is left to do", () => putBack(cluster, variant));
  } catch (error) {
    const remedy = error instanceof CliError ? `; ${error.fix}` : "";
    return outcome(`the system could not be put back: ${messageOf(error)}${remedy}`, true);
  }
  return outcome(trouble);
}

async function listen(objection: Objection, trial: Trial): Promise<Heard> {
  const { cluster, signal } = trial;
  if (objection.by === "doctor") {
    // The sound overlay is named: what is heard is what the deployed mutant does.
    return hearAgainAndAgain(objection, async () => (await diagnose(cluster, DEV_OVERLAY)).map(formatFinding), {
      ...{ patienceSeconds: DOCTOR_PATIENCE_SECONDS, everyMs: 3000, signal },
    });
  }
  if (objection.by !== "proof") throw new Error(`${objection.by} needs no cluster`);
  const startMs = Date.now();
  const place = proofClusterOn(cluster, DEV_NAMESPACE);
  const k6Path = (await toolset("k6")).binary("k6");
  const report = await runProof({
    kubeConfig: place.kubeConfig,
    namespace: place.namespace,
    reach: place.reach,
    killPod: (pod) => place.killPod(pod),
    k6Path,
    outDir: join(trial.outDir, trial.mutant.name),
    profile: "smoke",
    sizes: SIZES,
    scenarios: [objection.scenario],
    target: await readTarget(place.kubeConfig, DEV_NAMESPACE, { k6Path, checkout: ROOT }),
    command: `npm run test:mutants -- --only ${trial.mutant.name}`,
    signal,
    log: (line) => {
      say(`    ${line}`);
    },
  });
  return heardProof(objection, report, Math.round((Date.now() - startMs) / 1000));
}

async function putBack(cluster: Cluster, variant: Variant): Promise<void> {
  await variant.restore();
  // KEDA's operator reads its authority once, at its start.
  if (variant.difference.added.some(({ metadata }) => metadata?.namespace === "keda")) {
    await cluster.kubectl(["-n", "keda", "rollout", "restart", "deployment/keda-operator"]);
    await rolledOut(cluster, "keda", "deployment/keda-operator");
  }
  await rollOut(cluster, variant, "sound");
  await untilAtRest(cluster, DEV_NAMESPACE, REST_PATIENCE_SECONDS);
  const findings = await diagnoseSettled(() => diagnose(cluster, DEV_OVERLAY), DOCTOR_PATIENCE_SECONDS * 1000);
  if (hasErrors(findings)) {
    throw new CliError(
      findings.map(formatFinding).join("; "),
      "kubectl apply -k kustomize/overlays/dev, then ./scripts/doctor",
    );
  }
}

/** Waits for the pods of what was changed. */
async function rollOut(cluster: Cluster, { difference }: Variant, which: "sound" | "other"): Promise<void> {
  for (const { [which]: object } of difference.changed) {
    if (object.kind !== "Deployment" && object.kind !== "StatefulSet") continue;
    await rolledOut(cluster, DEV_NAMESPACE, `${object.kind.toLowerCase()}/${object.metadata?.name ?? ""}`);
  }
}

/** The objects of the sound overlay as this cluster has them. */
export async function soundOn(cluster: Cluster): Promise<Rendered[]> {
  return withLiveImages(cluster, await rendered(DEV_OVERLAY), DEV_NAMESPACE);
}

/** The objects of a mutant's overlay. */
export function mutantObjects(name: string): Promise<Rendered[]> {
  return rendered(join(MUTANTS, name));
}

/** Takes away what a run that was killed may have left, and waits for rest; a system that is broken by itself teaches nothing. */
export async function makeSound(cluster: Cluster, sound: readonly Rendered[]): Promise<void> {
  const left = new Map<string, Rendered>();
  for (const { name } of CATALOGUE) {
    const other = await mutantObjects(name);
    for (const object of differenceOf(sound, other).added) {
      if (object.metadata?.namespace === DEV_NAMESPACE)
        left.set(`${object.kind ?? ""} ${object.metadata.name ?? ""}`, object);
    }
  }
  // Where KEDA has made an HPA for its ScaledObject, one of that name is not a mutant's.
  const own = await cluster.kubectl([
    ...["-n", DEV_NAMESPACE, "get", "hpa", "worker", "--ignore-not-found"],
    ...["-o", "jsonpath={.metadata.ownerReferences[*].kind}"],
  ]);
  if (own === "ScaledObject") left.delete("HorizontalPodAutoscaler worker");
  await remove(cluster, [...left.values()]);
  await apply(cluster, sound);
  for (const object of sound) {
    if (object.kind === "Deployment")
      await rolledOut(cluster, DEV_NAMESPACE, `deployment/${object.metadata?.name ?? ""}`);
  }
  await untilAtRest(cluster, DEV_NAMESPACE, REST_PATIENCE_SECONDS);
  const findings = await diagnoseSettled(() => diagnose(cluster, DEV_OVERLAY), DOCTOR_PATIENCE_SECONDS * 1000);
  for (const finding of findings) say(`    ${formatFinding(finding)}`);
  if (hasErrors(findings)) {
    throw new CliError(
      "the system is broken before any mutant",
      "mend what ./scripts/doctor says, then run this again",
    );
  }
}

/** About how long a mutant takes, in seconds. */
export function expectedSecondsOf({ objections }: Mutant): number {
  const costly = objections.filter((objection) => !isCheap(objection));
  if (costly.length === 0) return 1;
  return costly.reduce(
    (sum, objection) =>
      sum +
      (objection.by === "proof" ? expectedSeconds("smoke", [objection.scenario], SIZES) : DOCTOR_PATIENCE_SECONDS / 2),
    AROUND_SECONDS,
  );
}
