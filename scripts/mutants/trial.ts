import { join } from "node:path";
import { runOrdersProof } from "../../loadtest/targets/orders/ordersProof.ts";
import { ordersPart } from "../../loadtest/targets/orders/permissions.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import { expectedSeconds } from "../../loadtest/targets/orders/catalogue.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { TRIAL_SIZES } from "./sizes.ts";
import { CATALOGUE, type ExpectedDetection, type Mutant } from "./catalogue.ts";
import { detectorName, isOffline, reportedByDoctor, reportedOffline } from "./detectors.ts";
import type { Cluster } from "../cluster/provider.ts";
import { rolledOut } from "../setup/rolledOut.ts";
import { diagnose, diagnoseSettled } from "../diagnosis/diagnose.ts";
import { hasErrors } from "../diagnosis/finding.ts";
import { formatFinding } from "../diagnosis/texts.ts";
import { DEV_NAMESPACE, DEV_OVERLAY, ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say, step } from "../process/progress.ts";
import { k6Program } from "../toolsets/onPath.ts";
import { type Detection, detectInReport, detectionOf, detectRepeatedly, isDetected } from "./detect.ts";
import { BY_HAND, restartOperator } from "./byHand.ts";
import { proofClusterOn } from "../proof/proofCluster.ts";
import { untilIdle } from "../proof/untilIdle.ts";
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
const DOCTOR_TIMEOUT_SECONDS = 90;
/** Deploying, restoring and becoming idle, of one mutant. */
const AROUND_SECONDS = 45;
/** For a proof to see that replicas do not come: less than its own, and time enough for a container to crash three times. */
const SCALE_OUT_SECONDS = 90;
/** The ConfigMap that KEDA's operator reads its authority from. */
const AUTHORITY = "custom-ca";

/** What came of one mutant. */
export interface Outcome {
  name: string;
  /** Undefined where not every detection was tried or conclusive. */
  detected: boolean | undefined;
  detections: Detection[];
  /** Why not every detection was tried. */
  trouble?: string;
  /** Whether the system could not be restored: then nothing more can be learnt from it. */
  stuck: boolean;
}

/** What is detected in rendered objects, without a cluster. */
export function detectOffline(expected: readonly ExpectedDetection[], objects: readonly Rendered[]): Detection[] {
  return expected
    .filter(isOffline)
    .map((one) => detectionOf(one, reportedOffline(objects as unknown as Manifest[]), 0));
}

/** One mutant on a cluster on which the baseline is deployed and idle. */
export interface Trial {
  mutant: Mutant;
  cluster: Cluster;
  baseline: readonly Rendered[];
  /** Gets a folder a mutant with its proof's report. */
  outDir: string;
  /** Aborted, it tries no further detection and restores the system. */
  signal: AbortSignal;
}

/** Deploys a mutant, tries each expected detection, and restores the system, whatever happens. */
export async function tryOne(trial: Trial): Promise<Outcome> {
  const { cluster, baseline, signal } = trial;
  const { name, broken, byHand, detections: expected } = trial.mutant;
  say(`\n==> ${name}: ${broken}`);
  const objects = await mutantObjects(trial.mutant);
  const detections = detectOffline(expected, objects);
  const onCluster = expected.filter((one) => !isOffline(one));
  const outcome = (trouble?: string, stuck = false): Outcome => ({
    name,
    detected: isDetected(expected, detections),
    detections,
    ...(trouble === undefined ? {} : { trouble }),
    stuck,
  });
  if (onCluster.length === 0) return outcome();

  const variant = await prepareVariant(cluster, baseline, await withLiveImages(cluster, objects, DEV_NAMESPACE));
  let trouble: string | undefined;
  try {
    await step("deploying it", async () => {
      if (byHand !== undefined) await BY_HAND[byHand].break(cluster);
      await variant.deploy();
      await awaitRollout(cluster, variant, "other");
    });
    for (const one of onCluster) {
      signal.throwIfAborted();
      detections.push(await step(`running ${detectorName(one)}`, () => detect(one, trial)));
    }
  } catch (error) {
    trouble = `it could not be tried: ${messageOf(error)}`;
  }
  try {
    await step("restoring the baseline, until it is idle", () => restoreBaseline(cluster, variant, trial.mutant));
  } catch (error) {
    const fix = error instanceof CliError ? `; ${error.fix}` : "";
    return outcome(`the system could not be restored: ${messageOf(error)}${fix}`, true);
  }
  return outcome(trouble);
}

async function detect(expected: ExpectedDetection, trial: Trial): Promise<Detection> {
  const { cluster, signal } = trial;
  if (expected.by === "doctor") {
    // The baseline is named as declared: what is reported is what the deployed mutant does.
    return detectRepeatedly(expected, async () => reportedByDoctor(await diagnose(cluster, DEV_OVERLAY)), {
      ...{ timeoutSeconds: DOCTOR_TIMEOUT_SECONDS, everyMs: 3000, signal },
    });
  }
  const startMs = Date.now();
  const place = proofClusterOn(cluster, DEV_NAMESPACE);
  const k6Path = await k6Program();
  const report = await runOrdersProof({
    kubeConfig: place.kubeConfig,
    namespace: place.namespace,
    reach: place.reach,
    killContainer: place.killContainer,
    journal: place.journal,
    seed: 1,
    k6Path,
    outDir: join(trial.outDir, trial.mutant.name),
    profile: "smoke",
    sizes: TRIAL_SIZES,
    scenarios: [expected.scenario],
    target: await readTarget(place.kubeConfig, DEV_NAMESPACE, { k6Path, checkout: ROOT, partOf: ordersPart }),
    command: `npm run test:mutants -- --only ${trial.mutant.name}`,
    signal,
    deadlines: { scaleOutSeconds: SCALE_OUT_SECONDS },
    log: (line) => {
      say(`    ${line}`);
    },
  });
  return detectInReport(expected, report, Math.round((Date.now() - startMs) / 1000));
}

async function restoreBaseline(cluster: Cluster, variant: Variant, { byHand, detections }: Mutant): Promise<void> {
  await variant.restore();
  if (byHand !== undefined) await BY_HAND[byHand].restore(cluster);
  if (variant.difference.added.some(({ metadata }) => metadata?.name === AUTHORITY)) await restartOperator(cluster);
  // A controller that was refused pods again and again tries less and less often; a new ReplicaSet is tried at once.
  if (detections.some((one) => one.by === "proof" && one.cause === "replicas-refused")) {
    await cluster.kubectl(["-n", DEV_NAMESPACE, "rollout", "restart", "deployment/worker"]);
  }
  await awaitRollout(cluster, variant, "baseline");
  await untilIdle(proofClusterOn(cluster, DEV_NAMESPACE));
  const findings = await diagnoseSettled(() => diagnose(cluster, DEV_OVERLAY), DOCTOR_TIMEOUT_SECONDS * 1000);
  if (hasErrors(findings)) {
    throw new CliError(
      findings.map(formatFinding).join("; "),
      "kubectl apply -k kustomize/overlays/dev, then ./scripts/doctor",
    );
  }
}

/** Waits for the pods of what was changed. */
async function awaitRollout(cluster: Cluster, { difference }: Variant, which: "baseline" | "other"): Promise<void> {
  for (const { [which]: object } of difference.changed) {
    if (object.kind !== "Deployment" && object.kind !== "StatefulSet") continue;
    await rolledOut(cluster, DEV_NAMESPACE, `${object.kind.toLowerCase()}/${object.metadata?.name ?? ""}`);
  }
}

/** The objects of kustomize/overlays/dev as this cluster has them. */
export async function baselineOn(cluster: Cluster): Promise<Rendered[]> {
  return withLiveImages(cluster, await rendered(DEV_OVERLAY), DEV_NAMESPACE);
}

/** The objects of a mutant's overlay; those of the baseline where it has none. */
export function mutantObjects({ name, overlay }: Mutant): Promise<Rendered[]> {
  return rendered(overlay === false ? DEV_OVERLAY : join(MUTANTS, name));
}

/** Removes what a killed run may have left, and waits until the system is idle; a baseline that is broken by itself teaches nothing. */
export async function makeBaseline(cluster: Cluster, baseline: readonly Rendered[]): Promise<void> {
  const left = new Map<string, Rendered>();
  for (const { restore } of Object.values(BY_HAND)) await restore(cluster);
  for (const mutant of CATALOGUE) {
    // It was never deployed.
    if (mutant.detections.every(isOffline)) continue;
    const other = await mutantObjects(mutant);
    for (const object of differenceOf(baseline, other).added) {
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
  await apply(cluster, baseline);
  for (const object of baseline) {
    if (object.kind === "Deployment")
      await rolledOut(cluster, DEV_NAMESPACE, `deployment/${object.metadata?.name ?? ""}`);
  }
  await untilIdle(proofClusterOn(cluster, DEV_NAMESPACE));
  const findings = await diagnoseSettled(() => diagnose(cluster, DEV_OVERLAY), DOCTOR_TIMEOUT_SECONDS * 1000);
  for (const finding of findings) say(`    ${formatFinding(finding)}`);
  if (hasErrors(findings)) {
    throw new CliError(
      "the system is broken before any mutant",
      "fix what ./scripts/doctor reports, then run this again",
    );
  }
}

/** About how long a mutant takes, in seconds. */
export function expectedSecondsOf({ detections }: Mutant): number {
  const onCluster = detections.filter((one) => !isOffline(one));
  if (onCluster.length === 0) return 1;
  return onCluster.reduce(
    (sum, one) =>
      sum + (one.by === "proof" ? expectedSeconds("smoke", [one.scenario], TRIAL_SIZES) : DOCTOR_TIMEOUT_SECONDS / 2),
    AROUND_SECONDS,
  );
}
