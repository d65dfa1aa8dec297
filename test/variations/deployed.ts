import { mkdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { diagnose } from "../../scripts/diagnosis/diagnose.ts";
import { apply, type Rendered } from "../../scripts/mutants/variant.ts";
import { CommandError } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { rolledOut } from "../../scripts/setup/rolledOut.ts";

/** For KEDA's polls and the HPA's first metrics to say what is so. */
const SETTLED_WITHIN_MS = 120_000;
const ASK_AGAIN_MS = 3000;

/** Writes objects as an overlay, as a person has theirs. @returns its path. */
export async function writeOverlay(objects: readonly Rendered[]): Promise<string> {
  const folder = join(ROOT, "out/variations/overlay");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kustomization.yaml"), "resources: [objects.yaml]\n");
  await writeFile(join(folder, "objects.yaml"), objects.map((object) => JSON.stringify(object)).join("\n---\n"));
  return folder;
}

/** Asks the doctor until it says what is expected, or the time is over. @returns what it said last, as `SEVERITY id`, sorted. */
export async function settledFindings(
  cluster: Cluster,
  overlay: string,
  isExpected: (found: readonly string[]) => boolean,
): Promise<string[]> {
  const deadlineMs = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const findings = await diagnose(cluster, overlay);
    const found = findings.map(({ severity, id }) => `${severity} ${id}`).sort();
    if (isExpected(found) || Date.now() > deadlineMs) return found;
    await sleep(ASK_AGAIN_MS);
  }
}

/** Waits for the pods of those objects that have some. */
export async function awaitRollouts(cluster: Cluster, objects: readonly Rendered[]): Promise<void> {
  for (const { kind = "", metadata: { namespace = "", name = "" } = {} } of objects) {
    if (kind === "Deployment" || kind === "StatefulSet") {
      await rolledOut(cluster, namespace, `${kind.toLowerCase()}/${name}`);
    }
  }
}

/** What KEDA's webhook says, and the API server by the rules in KEDA's CRD. */
const REFUSED = /denied the request| is invalid: /;

/** Does what may be refused, as KEDA refuses bounds that cannot be: the doctor then reports what is declared. */
export async function unlessRefused(deploy: () => Promise<void>): Promise<void> {
  try {
    await deploy();
  } catch (error) {
    if (!(error instanceof CommandError && REFUSED.test(error.output))) throw error;
  }
}

const KEPT_FIELDS = ["name", "labels", "annotations"] as const;

interface Live extends Rendered {
  type?: string;
  data?: Record<string, string>;
  metadata: { name: string; labels?: object; annotations?: object };
}

/** A live object as it can be applied again, under another name or elsewhere. */
export function copyOf(live: Live, metadata: { namespace: string; name?: string }): Rendered {
  const { apiVersion, kind, type, data, spec } = live;
  const kept = Object.fromEntries(KEPT_FIELDS.map((field) => [field, live.metadata[field]]));
  return { apiVersion, kind, type, data, spec, metadata: { ...kept, ...metadata } } as Rendered;
}

/** The Secrets of one namespace in another one, as they are: both then use the first one's bus. */
export async function copySecrets(cluster: Cluster, from: string, to: string): Promise<void> {
  const { items } = JSON.parse(
    await cluster.kubectl(["-n", from, "get", "secrets", "-l", "app=ownsignal", "-o", "json"]),
  ) as { items: Live[] };
  await apply(
    cluster,
    items.map((one) => copyOf(one, { namespace: to })),
  );
}
