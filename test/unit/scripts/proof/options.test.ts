import { scenariosOf } from "../../../../loadtest/targets/orders/catalogue.ts";
import { faultNumbers, scenarioNames } from "../../../../loadtest/targets/orders/scenarios/names.ts";
import { CliError } from "../../../../scripts/process/cliError.ts";
import { helpText } from "../../../../scripts/proof/help.ts";
import { parseRequest, type ProveRequest } from "../../../../scripts/proof/options.ts";

const faultsThatAre = [...new Set(Object.values(faultNumbers))].join(", ");

function parsed(...args: string[]): ProveRequest {
  const request = parseRequest(args, {});
  if (request.kind !== "prove") throw new Error(`it is ${request.kind}`);
  return request;
}

/** The message of the rejection, and its fix. */
function rejection(...args: string[]): string {
  try {
    parseRequest(args, {});
  } catch (error) {
    if (error instanceof CliError) return `${error.message} -> ${error.fix}`;
    throw error;
  }
  return "none";
}

test("without options the core three scenarios run on a cluster of its own", () => {
  expect(parsed()).toEqual({
    kind: "prove",
    overlay: "dev",
    profile: "smoke",
    scenarios: ["queue-backlog", "api-cpu", "end-to-end"],
    json: false,
    color: true,
    ignoreFindings: false,
    seed: expect.any(Number) as number,
  });
});

test("every option is parsed", () => {
  const args =
    "--scenario soak,queue-backlog --scenario=api-cpu --profile standard --context mine --overlay azure -n orders --out out/x --json --junit j.xml --no-color --timeout 1h30m --ignore-findings --soak-duration 90s --seed 7 --k6 /usr/bin/k6";
  expect(parsed(...args.split(" "))).toEqual({
    kind: "prove",
    overlay: "azure",
    profile: "standard",
    // In the order in which they are declared, whatever the order on the command line.
    scenarios: ["queue-backlog", "api-cpu", "soak"],
    context: "mine",
    namespace: "orders",
    outDir: "out/x",
    json: true,
    junitFile: "j.xml",
    color: false,
    timeoutSeconds: 5400,
    ignoreFindings: true,
    seed: 7,
    soakSeconds: 90,
    k6Path: "/usr/bin/k6",
  });
  expect(parsed("--compare", "worker-on-cpu").compare).toBe("worker-on-cpu");
});

test("a profile selects its scenarios", () => {
  expect(parsed("--profile", "standard").scenarios).toEqual(scenariosOf("standard"));
  expect(parsed("--profile", "soak").scenarios).toEqual(["soak"]);
  expect(parsed("--profile", "faults").scenarios).toEqual(scenariosOf("faults"));
});

test("a fault's number selects its scenarios, beside those that are named", () => {
  expect(parsed("--fault", "7").scenarios).toEqual(["redis-killed", "redis-away"]);
  expect(parsed("--fault", "7,3", "--scenario", "spike").scenarios).toEqual([
    "spike",
    "workers-killed",
    "redis-killed",
    "redis-away",
  ]);
});

test("--help and --list are served even when other options are wrong", () => {
  expect(parseRequest(["-h"], {})).toEqual({ kind: "help" });
  expect(parseRequest(["--help", "--profile", "nonsense"], {})).toEqual({ kind: "help" });
  expect(parseRequest(["--list"], {})).toEqual({ kind: "list" });
  expect(parseRequest(["--print-role", "--overlay", "azure"], {})).toMatchObject({
    ...{ kind: "print-role", overlay: "azure" },
  });
});

test.each([
  [{}, true],
  [{ NO_COLOR: "" }, true],
  [{ NO_COLOR: "1" }, false],
])("with %j in the environment, colours are %s", (environment, color) => {
  expect(parseRequest([], environment)).toMatchObject({ color });
});

test.each<[string, string]>([
  ["--fault redis", `--fault: there is no fault "redis" -> there are ${faultsThatAre}`],
  ["--fault 17", "fault 17 is no scenario -> it is shown by npm run test:network-policies"],
  ["--seed -1", '--seed has no value: "-1" behind it is an option -> for example --seed 1'],
  ["--seed 4294967296", '--seed: "4294967296" cannot be -> give a whole number from 0 to 4294967295'],
  ["--scenaro x", "there is no option --scenaro -> did you mean --scenario? --help shows all"],
  ["-x", "there is no option -x -> --help shows what there is"],
  ["--no-colour", "there is no option --no-colour -> did you mean --no-color? --help shows all"],
  ["queue-backlok", '"queue-backlok" is no option -> for one scenario: --scenario queue-backlog'],
  ["whatever", '"whatever" is no option -> --help shows what there is'],
  ["--scenario queue-backlogs", '--scenario: there is no scenario "queue-backlogs" -> did you mean queue-backlog?'],
  ["--scenario api", '--scenario: there is no scenario "api" -> did you mean api-cpu? there are queue-backlog, '],
  ["--scenario queue-backlog,", '--scenario: there is no scenario "" -> there are queue-backlog, '],
  ["--profile smok", '--profile: there is no profile "smok" -> did you mean smoke? there are smoke, standard, soak'],
  ["--compare fixed", '--compare: there is no variant "fixed" -> there is worker-on-cpu'],
  ["--compare worker-on-cpu -n orders", "--compare deletes an autoscaler and applies the overlay again, and with"],
  ["--out", "--out has no value -> for example --out out/mine"],
  ["--out=", "--out has no value -> for example --out out/mine"],
  ["--out --json", '--out has no value: "--json" behind it is an option -> for example --out out/mine'],
  ["--json=yes", '--json takes no value, and was given "yes" -> give --json alone'],
  ["--timeout 10", '--timeout: "10" is no duration -> give hours, minutes or seconds: 1h30m, 10m, 90s'],
  ["--timeout=-5m", '--timeout: "-5m" is no duration -> '],
  ["--timeout 5m1h", '--timeout: "5m1h" is no duration -> '],
  ["--timeout 0s", "--timeout: 0s cannot be -> give from 1 s to 24 h, for example --timeout 10m"],
  ["--timeout 100h", "--timeout: 100h cannot be -> "],
  ["--profile soak --soak-duration 30s", "--soak-duration: 30s cannot be -> give from 60 s to 24 h"],
  [
    "--soak-duration 10m",
    "--soak-duration is for scenario soak, which is not among those to be run -> add --profile soak",
  ],
  ["--namespace Orders", '--namespace: "Orders" cannot be a namespace -> a namespace has small letters'],
])("%s is rejected with the reason and a fix", (line, says) => {
  expect(rejection(...line.split(" "))).toContain(says);
});

describe("--help", () => {
  const help = helpText();

  test("fits 80 columns", () => {
    expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("has every scenario with its time, the exit codes, and examples that are right", () => {
    for (const name of scenarioNames) expect(help).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(help.match(/\(\d+ (s|min)\)/g)?.length).toBeGreaterThanOrEqual(scenarioNames.length + 3);
    expect(help).toMatch(/0 {2}PASS[^]*1 {2}FAIL[^]*2 {2}INCONCLUSIVE/);
    const examples = help
      .split("\n")
      .flatMap((line) => /^ {2}(?:[A-Z]+=\S+ )?\.\/scripts\/prove ?(.*)$/.exec(line)?.[1] ?? []);
    expect(examples.length).toBeGreaterThan(4);
    for (const example of examples) {
      expect(rejection(...example.replace(/ > .*/, "").split(" ").filter(Boolean))).toBe("none");
    }
  });
});
