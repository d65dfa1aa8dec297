import { profiles, sizesOf } from "../../loadtest/k6/lib/profiles.ts";
import { expectedSeconds, ordersScenario, scenariosOf } from "../../loadtest/targets/orders/catalogue.ts";
import { about } from "../process/about.ts";
import { wrap } from "../../loadtest/report/wrap.ts";
import {
  faultNumbers,
  faultScenarioNames,
  loadScenarioNames,
  type ScenarioName,
} from "../../loadtest/targets/orders/scenarios/names.ts";

const COLUMNS = 80;

const OPTIONS: readonly (readonly [string, string])[] = [
  ["--profile NAME", "which scenarios, and how large: smoke, standard, soak or faults"],
  ["--scenario NAME", "these instead of the profile's; repeated, or with commas"],
  ["--fault NUMBER", "the scenarios of this fault; repeated, or with commas"],
  ["--seed NUMBER", "repeats a run's choices by chance, such as the pods that are killed"],
  ["--soak-duration TIME", "how long scenario soak lasts: 10m by default"],
  [
    "--compare worker-on-cpu",
    "run queue-backlog once more, with the worker on an HPA for CPU, and put the two side by side; KEDA is restored afterwards",
  ],
  ["--context NAME", "the cluster of this kubectl context, with what is deployed there"],
  ["-n, --namespace NAME", "what is deployed in this namespace"],
  ["--overlay NAME", "which overlay that is: dev, the default, or azure"],
  ["--print-role", "print the Roles that it needs there, and do nothing"],
  ["--out DIR", "where the report goes: out/proof/<UTC time> by default"],
  ["--json", "report.json on standard output, and nothing else there"],
  ["--junit FILE", "junit.xml there as well"],
  ["--ignore-findings", "run the loads although the doctor finds an error"],
  ["--timeout TIME", "end after this long, with what was measured until then"],
  ["--k6 PATH", "a k6 of your own (1.x, 2.x); else the pinned one is built"],
  ["--no-color", "no colours; nor with NO_COLOR, nor where no terminal is"],
  ["--list", "the scenarios' names, one a line"],
  ["-h, --help", "this"],
];

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["./scripts/prove", "set up what is missing, deploy, prove the core three"],
  ["./scripts/prove --scenario queue-backlog", "one of them"],
  ["./scripts/prove --profile standard", "all but the soak"],
  ["./scripts/prove --fault 3,7", "while workers and Redis are killed"],
  ["./scripts/prove --profile soak --soak-duration 1h", ""],
  ["./scripts/prove --context staging -n orders", "what is deployed there, as it is"],
  ["./scripts/prove --context my-aks --overlay azure", "see docs/how-to/azure.md"],
  ["./scripts/prove --json --timeout 20m > report.json", "for a program"],
  ["CLUSTER=kind ./scripts/prove --junit junit.xml", "for CI"],
];

/** What `--help` prints, in 80 columns. */
export function helpText(): string {
  const row = (name: ScenarioName): readonly [string, string] => {
    // A soak's own time is that of its profile.
    const seconds = expectedSeconds(name === "soak" ? "soak" : "smoke", [name]);
    return [name, `${declared(name).summary} (${inOnePiece(about(seconds))})`];
  };
  const byProfile = profiles.map((profile): readonly [string, string] => [
    profile,
    `${scenariosOf(profile).join(", ")} (${inOnePiece(about(expectedSeconds(profile)))})${profile === "smoke" ? "; the default" : ""}`,
  ]);
  return [
    "usage: ./scripts/prove [OPTION]...",
    "",
    ...wrap(
      "Proves on a real cluster that each service scales on its own signal and that no order is lost. Without options it brings a cluster up, deploys " +
        "kustomize/overlays/dev, diagnoses the setup, and runs the core three scenarios. With --context, --namespace or --overlay azure nothing is set up or deployed, and " +
        "nothing is changed but what a scenario says below.",
      COLUMNS,
    ),
    "",
    ...section("options", OPTIONS),
    ...section("profiles", byProfile),
    ...section("scenarios, in the order in which they run", loadScenarioNames.map(row)),
    ...wrap(
      `${injecting("set").join(", ")} set a field of the ScaledObject or of the HPA while they run, and restore it; ${injecting("kill").join(", ")} kills a pod.`,
      COLUMNS - 2,
    ).map((line) => `  ${line}`),
    "",
    ...section(
      "scenarios that break something while orders flow, and restore it",
      faultScenarioNames.map((name) => {
        const [, says] = row(name);
        return [name, `fault ${faultNumbers[name]}: ${says}`];
      }),
    ),
    ...section("exit codes", [
      ["0", "PASS: every assertion holds"],
      ["1", "FAIL: an assertion does not hold, or not in time"],
      ["2", "INCONCLUSIVE: the setup, the load or the sampling failed, wrong options, interrupted, --timeout"],
    ]),
    "examples:",
    ...EXAMPLES.flatMap(([command, says]) => [...(says === "" ? [] : [`  # ${says}`]), `  ${command}`]),
    "",
  ]
    .join("\n")
    .replaceAll(NO_BREAK, " ");
}

function declared(name: ScenarioName) {
  return ordersScenario(name, sizesOf.smoke, "");
}

/** The scenarios that inject such a fault into the running system. */
function injecting(kind: "set" | "kill"): string[] {
  return loadScenarioNames.filter((name) => declared(name).faultInjections.some(({ action }) => action.kind === kind));
}

/** Keeps a figure and its unit in one line. */
const NO_BREAK = "\u00a0";
function inOnePiece(text: string): string {
  return text.replaceAll(" ", NO_BREAK);
}

function section(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 4;
  return [
    `${title}:`,
    ...rows.flatMap(([name, says]) =>
      wrap(says, COLUMNS - width).map((line, index) => `  ${(index === 0 ? name : "").padEnd(width - 2)}${line}`),
    ),
    "",
  ];
}
