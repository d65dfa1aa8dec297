import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BatchV1Api, CoreV1Api, type KubeConfig, loadYaml, V1Job, V1ObjectMeta } from "@kubernetes/client-node";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { requestErrorMessage } from "../../observe/rejection.ts";
import type { LoadResult } from "../../model/load.ts";
import { until } from "../../observe/request.ts";
import { deliveredIn, deliveredOnly, type RunningLoad } from "./running.ts";

const LOOK_EVERY_MS = 1000;
const REQUEST_TIMEOUT_MS = 10_000;
/** So many readings in a row may fail before the Job's fate counts as not known. */
const FAILED_READINGS = 30;

/**
 * Creates the Job of a manifest under a name of its own, waits until it is complete, reads from its pod's log how much it delivered, and deletes it. Needs the
 * verbs `create`, `get` and `delete` on Jobs, `list` on pods and `get` on their logs.
 */
export function startJob(load: {
  kubeConfig: KubeConfig;
  /** The manifest's path. */
  manifest: string;
  namespace: string;
  name: string;
  outDir: string;
  timeoutSeconds: number;
}): RunningLoad {
  const batch = load.kubeConfig.makeApiClient(BatchV1Api);
  const core = load.kubeConfig.makeApiClient(CoreV1Api);
  const outputFile = join(load.outDir, `${load.name}.txt`);
  const stopping = new AbortController();
  const timeLimit = setTimeout(() => {
    stop(`it had not ended after ${load.timeoutSeconds} s`);
  }, load.timeoutSeconds * 1000);
  const stop = (reason: string): void => {
    if (!stopping.signal.aborted) stopping.abort(new Error(reason));
  };
  const options = () => until(AbortSignal.timeout(REQUEST_TIMEOUT_MS));

  async function create(): Promise<{ name: string; namespace: string }> {
    const job = loadYaml<V1Job>(await readFile(load.manifest, "utf8"));
    const metadata = Object.assign(new V1ObjectMeta(), job.metadata);
    const namespace = metadata.namespace ?? load.namespace;
    metadata.generateName = `${metadata.name ?? metadata.generateName ?? "load"}-`;
    delete metadata.name;
    const body = Object.assign(new V1Job(), job, { metadata });
    const created = await batch.createNamespacedJob({ namespace, body }, options());
    const made = created.metadata?.name;
    if (made === undefined) throw new Error("the API server gave the Job no name");
    return { name: made, namespace };
  }

  async function ended(job: { name: string; namespace: string }): Promise<"Complete" | "Failed"> {
    let failures = 0;
    for (;;) {
      stopping.signal.throwIfAborted();
      try {
        const { status } = await batch.readNamespacedJob(job, options());
        failures = 0;
        const end = status?.conditions?.find(
          ({ type, status: holds }) => holds === "True" && (type === "Complete" || type === "Failed"),
        );
        if (end?.type === "Complete") return "Complete";
        if (end?.type === "Failed") return "Failed";
      } catch (error) {
        failures += 1;
        if (failures >= FAILED_READINGS) throw error;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function logOf({ name, namespace }: { name: string; namespace: string }): Promise<string> {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` }, options());
    const logs = await Promise.all(
      items.map(async ({ metadata }) =>
        core.readNamespacedPodLog({ name: metadata?.name ?? "", namespace }, options()).catch(() => ""),
      ),
    );
    return logs.join("\n");
  }

  async function run(): Promise<LoadResult> {
    let job: { name: string; namespace: string } | undefined;
    try {
      job = await create();
      const end = await ended(job);
      const log = await logOf(job);
      await writeFile(outputFile, log);
      if (end === "Failed") {
        const lastLine = log.trim().split("\n").at(-1) ?? "";
        return { kind: "broke", exitCode: null, reason: `Job ${job.name} failed: ${lastLine || "its log is empty"}` };
      }
      const delivered = deliveredIn(log);
      return delivered === undefined
        ? {
            kind: "broke",
            exitCode: 0,
            reason: `Job ${job.name} logged no line "delivered N", so what it sent is not known`,
          }
        : deliveredOnly(delivered);
    } catch (error) {
      const what = job === undefined ? "the Job could not be created" : `Job ${job.name}`;
      const stopped = stopping.signal.aborted ? "was stopped: " : "";
      const reason = stopping.signal.aborted ? messageOf(stopping.signal.reason) : requestErrorMessage(error);
      return {
        kind: "broke",
        exitCode: null,
        reason: job === undefined ? `${what}: ${reason}` : `${what} ${stopped}${reason}`,
      };
    } finally {
      clearTimeout(timeLimit);
      if (job !== undefined) {
        await batch.deleteNamespacedJob({ ...job, propagationPolicy: "Background" }, options()).catch(() => undefined);
      }
    }
  }

  return { result: run(), outputFile, summaryFile: outputFile, stop };
}
