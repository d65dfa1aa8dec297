import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../../scripts/process/paths.ts";

/** What is deployed as Prometheus's configuration. */
export const COMPONENT = join(ROOT, "kustomize/components/monitoring/prometheus");
export const RECORDING_RULES = join(COMPONENT, "rules/recording.rules.yml");
export const ALERT_RULES = join(COMPONENT, "rules/alerts.rules.yml");
export const RULE_FILES = [RECORDING_RULES, ALERT_RULES];

export interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export interface Recording {
  record: string;
  expr: string;
}

async function rulesIn<Rule>(file: string): Promise<Rule[]> {
  const { groups } = parse(await readFile(file, "utf8")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export const alerts = await rulesIn<Alert>(ALERT_RULES);
export const recordingRules = await rulesIn<Recording>(RECORDING_RULES);

/** What every alert's runbook_url begins with: the external label of the configuration that is deployed. */
export const RUNBOOKS = (
  parse(await readFile(join(COMPONENT, "prometheus.yml"), "utf8")) as {
    global: { external_labels: { runbooks: string } };
  }
).global.external_labels.runbooks;
