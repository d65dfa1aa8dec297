import type { KubeConfig } from "@kubernetes/client-node";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../../src/shared/messageOf.ts";
import type { Declaration, DeclaredPrometheus } from "../../declaration/declaration.ts";
import type { TargetSurroundings } from "../../engine/proofOptions.ts";
import type { ProofTarget, Seen, TargetEvidence } from "../../engine/proofTarget.ts";
import type { Address } from "../../model/endpoint.ts";
import type { Reading } from "../../model/reading.ts";
import type { Scenario } from "../../model/scenario.ts";
import { environmentSource, type EnvironmentSource, type NamespacedDialer } from "./environment.ts";
import { readDeclaredLedger } from "./ledger.ts";
import { declaredTraffic, queriesHold } from "./prometheusEvidence.ts";
import { declaredWorkloads } from "./workloads.ts";

/** What Prometheus needs to have scraped the run's end: the usual scrape interval, and a margin. */
const LAST_SCRAPE_MS = 20_000;

/** Where a declared system is, and how to reach its Services. */
export interface DeclaredSystem {
  declaration: Declaration;
  kubeConfig: KubeConfig;
  /** Of what declares none. */
  namespace: string;
  dial: NamespacedDialer;
}

/** What a file declares, as the engine proves it. It writes nothing to the cluster but the load and the declared faults. */
export function openDeclaredTarget(
  { declaration, kubeConfig, namespace, dial }: DeclaredSystem,
  { signal, log }: TargetSurroundings,
): ProofTarget {
  const { evidence, folder } = declaration;
  const source = environmentSource(kubeConfig, { namespace, dial, log });
  const environmentOf = async ({ name }: Scenario): Promise<Record<string, string>> => {
    const load = declaration.scenarios.find((declared) => declared.name === name)?.load;
    return load?.kind === "k6" || load?.kind === "command" ? source.resolve(load.environment) : {};
  };

  async function evidenceOf(scenario: Scenario, { run }: Seen): Promise<TargetEvidence> {
    const nothing = { ledger: null, messages: null, traffic: {}, counters: null, assertions: [] };
    if (run.cutShort !== null) return nothing;
    const ledger =
      evidence.ledger === null
        ? null
        : await readDeclaredLedger(evidence.ledger, {
            ...{ folder, signal },
            environment: { ...(await environmentOf(scenario)), ...scenario.load.environment },
          });
    if (evidence.prometheus === null) return { ...nothing, ledger };
    log("  waiting for Prometheus' last scrape of this run");
    await delay(LAST_SCRAPE_MS, undefined, { signal }).catch(() => undefined);
    const asked = {
      prometheus: await prometheusOf(evidence.prometheus, source),
      ...{ fromMs: run.loadStartMs, toMs: Date.now(), signal },
    };
    const about = scenario.mustScale.map(({ workload }) => workload);
    return {
      ...nothing,
      ledger,
      traffic: await declaredTraffic(evidence.prometheus, scenario.mustNotScale, asked),
      assertions: await queriesHold(evidence.prometheus, about, asked),
    };
  }

  return {
    workloads: declaredWorkloads(declaration, namespace),
    queues: {},
    externalMetrics: true,
    // On a cluster of somebody's own nothing is restarted that the file does not declare.
    replacesPods: false,
    ruledOut: () => [],
    environmentOf,
    evidenceOf,
    close: () => source.close(),
  };
}

async function prometheusOf(
  { source: from }: DeclaredPrometheus,
  source: EnvironmentSource,
): Promise<Reading<Address | string>> {
  if (from.kind === "url") return { kind: "value", value: from.url };
  try {
    return { kind: "value", value: await source.addressOf(from.address) };
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  }
}
