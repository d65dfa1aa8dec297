import type { KubeConfig } from "@kubernetes/client-node";
import type { Declaration } from "../../loadtest/declaration/declaration.ts";
import { LIVE } from "../../loadtest/declaration/completeScenario.ts";
import { readDeclaration } from "../../loadtest/declaration/readDeclaration.ts";
import { renderDefaults, renderErrors } from "../../loadtest/declaration/render.ts";
import type { ScenarioRun } from "../../loadtest/engine/proofOptions.ts";
import { exitCodeOf } from "../../loadtest/model/verdict.ts";
import { requiredPermissions, type ProofAccess } from "../../loadtest/preflight/permissions.ts";
import { rolesFor } from "../../loadtest/preflight/roles.ts";
import { openDeclaredTarget } from "../../loadtest/targets/declared/declaredTarget.ts";
import { declaredObjects } from "../../loadtest/targets/declared/neededObjects.ts";
import { readLiveConfig } from "../../loadtest/targets/declared/readLiveConfig.ts";
import { declaredScenarios } from "../../loadtest/targets/declared/scenarios.ts";
import { declaredWorkloads } from "../../loadtest/targets/declared/workloads.ts";
import packageJson from "../../package.json" with { type: "json" };
import { suggest } from "../../src/shared/suggest.ts";
import { kubeConfigWith } from "../cluster/context.ts";
import { journalOf } from "../faults/journal.ts";
import { restoreLeft } from "../faults/restoreLeft.ts";
import { about } from "../process/about.ts";
import { CliError } from "../process/cliError.ts";
import { commandLine } from "../process/commandLine.ts";
import { say } from "../process/progress.ts";
import { findingsAbout } from "../diagnosis/proofFindings.ts";
import { conductProof, type ReachedSystem } from "../proof/conduct.ts";
import { K6_VERSION } from "../toolsets/k6Version.ts";
import { contextDialer, type ContextDialer } from "./dialer.ts";
import { findK6 } from "./k6.ts";
import type { ProveFileRequest } from "./proveOptions.ts";

/** The system that a file declares, on the cluster of a context. */
interface Declared {
  declaration: Declaration;
  kubeConfig: KubeConfig;
  /** Of what the file gives none. */
  namespace: string;
  dialer: ContextDialer;
}

/** Proves what a file declares, or prints the Role that this needs. @returns the exit code. */
export async function proveFile(request: ProveFileRequest, program: string, args: readonly string[]): Promise<number> {
  const read = await readDeclaration(request.file);
  if (read.kind === "wrong") {
    process.stderr.write(renderErrors(read.errors));
    return exitCodeOf("inconclusive");
  }
  const declaration = chosenScenarios(read.declaration, request);
  if (request.kind === "list") {
    process.stdout.write(declaration.scenarios.map(({ name }) => `${name}\n`).join(""));
    return 0;
  }
  const kubeConfig = kubeConfigWith(request.context);
  const namespace = namespaceOf(request, declaration, kubeConfig);
  const declared: Declared = { declaration, kubeConfig, namespace, dialer: await contextDialer(kubeConfig) };
  const { scenarios } = declaredScenarios(declaration, { namespace, live: null });
  if (request.kind === "print-role") {
    const access = { ...accessOf(declared), scenarios: scenarios.map(({ scenario }) => scenario) };
    process.stdout.write(rolesFor(requiredPermissions(access), "ownsignal"));
    return 0;
  }
  const usesK6 = scenarios.some(({ scenario }) => scenario.load.program.kind === "k6");
  const k6Path = async (): Promise<string | undefined> => (usesK6 ? findK6(request.k6Path) : undefined);
  const seconds = scenarios.reduce((sum, one) => sum + one.repeats * one.scenario.expectedSeconds, 0);
  say(`${scenarios.map(({ scenario }) => scenario.name).join(", ")}: at most about ${about(seconds)}`);
  const ofChosen = read.defaults.filter(
    ({ path, value }) => value !== LIVE && isChosen(path, read.declaration, declaration),
  );
  for (const line of renderDefaults(ofChosen).split("\n")) if (line !== "") say(`    default ${line}`);
  return conductProof({
    delivery: { ...request, folders: "ownsignal-report" },
    named: { context: kubeConfig.getCurrentContext(), namespace },
    requested: runsOf(scenarios),
    profile: null,
    command: commandLine(program, args),
    ...{
      seed: request.seed,
      seconds,
      timeoutSeconds: request.timeoutSeconds,
      k6Path,
      pinnedK6: K6_VERSION,
      checkout: undefined,
    },
    version: packageJson.version,
    ignoreFindings: request.ignoreFindings,
    reach: () => reach(declared),
  });
}

async function reach(declared: Declared): Promise<ReachedSystem> {
  const { declaration, kubeConfig, namespace, dialer } = declared;
  const { dial } = dialer;
  await restoreLeft({ journal: journalOf(kubeConfig), kubeConfig, node: undefined });
  const live = await readLiveConfig(kubeConfig, declaredWorkloads(declaration, namespace));
  const { scenarios, defaults } = declaredScenarios(declaration, { namespace, live });
  for (const { path, value, why } of defaults) say(`    default ${path}: ${value} (${why})`);
  return {
    cluster: { kubeConfig, namespace, journal: journalOf(kubeConfig) },
    closing: [],
    runs: runsOf(scenarios),
    access: accessOf(declared),
    targetFindings: () => Promise.resolve([]),
    diagnose: () => findingsAbout(declaredWorkloads(declaration, namespace), kubeConfig),
    openTarget: (surroundings) =>
      Promise.resolve(openDeclaredTarget({ declaration, kubeConfig, namespace, dial }, surroundings)),
  };
}

function accessOf({ declaration, namespace, dialer }: Declared): Omit<ProofAccess, "scenarios"> {
  const neededObjects = declaredObjects(declaration, namespace);
  return {
    workloads: declaredWorkloads(declaration, namespace),
    externalMetrics: true,
    replacesPods: false,
    execsIntoPods: false,
    forwardsPorts: dialer.forwardsPorts && neededObjects.length > 0,
    neededObjects,
    targetPermissions: [],
  };
}

function runsOf(scenarios: ReturnType<typeof declaredScenarios>["scenarios"]): ScenarioRun[] {
  return scenarios.flatMap(({ scenario, repeats }) =>
    Array.from({ length: repeats }, (_, index) => ({ scenario, repeat: repeats === 1 ? null : index + 1 })),
  );
}

/** @throws {CliError} for a name that is no scenario of the file. */
function chosenScenarios(declaration: Declaration, { scenarios, repeats }: ProveFileRequest): Declaration {
  const names = declaration.scenarios.map(({ name }) => name);
  for (const name of scenarios ?? []) {
    if (names.includes(name)) continue;
    const near = suggest(name, names);
    throw new CliError(
      `--scenario: ${declaration.file} has no scenario "${name}"`,
      `${near === undefined ? "" : `did you mean ${near}? `}it has ${names.join(", ")}`,
    );
  }
  return {
    ...declaration,
    scenarios: declaration.scenarios
      .filter(({ name }) => scenarios === undefined || scenarios.includes(name))
      .map((scenario) => ({ ...scenario, repeats: repeats ?? scenario.repeats })),
  };
}

/** Whether a default is one of a scenario that is run, or of the file as a whole. */
function isChosen(path: string, all: Declaration, chosen: Declaration): boolean {
  const index = /^scenarios\[(\d+)\]/.exec(path)?.[1];
  const name = index === undefined ? undefined : all.scenarios[Number(index)]?.name;
  return name === undefined || chosen.scenarios.some((scenario) => scenario.name === name);
}

function namespaceOf({ namespace }: ProveFileRequest, declaration: Declaration, kubeConfig: KubeConfig): string {
  const ofContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  return namespace ?? declaration.namespace ?? ofContext ?? "default";
}
