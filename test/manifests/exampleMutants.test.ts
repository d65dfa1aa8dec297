import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePlanOptions } from "../../scripts/cli/planOptions.ts";
import { mutate } from "../../scripts/mutation/mutate.ts";
import { renderMutation } from "../../scripts/mutation/render.ts";
import { ROOT } from "../../scripts/process/paths.ts";

const page = readFileSync(join(ROOT, "docs/how-to/planner.md"), "utf8");
const rows = page.matchAll(/^\| \[([\w-]+)\]\(\S+autoscaling\.yaml\) +\| (\d+) of (\d+) +\| (\d+) +\| (\d+) +\|$/gm);
const TABLE = [...rows].map(([, example = "", ...counts]) => [example, counts.map(Number)] as const);
/** Of a queue it has to be known how fast a replica works. */
const RATES: Readonly<Record<string, string>> = { rabbitmq: "1/s", "redis-list": "1/s" };

test("the table has every example but the one on the time of day", () => {
  expect(TABLE.map(([example]) => example)).toEqual([
    ...["kubernetes-workload", "memory", "metrics-api", "podinfo-cpu", "prometheus", "rabbitmq", "redis-list"],
  ]);
});

test.each(TABLE)(
  "%s: its file and the doctor detect %j of its mutants, as the table says",
  async (example, counts) => {
    const folder = join(ROOT, "examples", example);
    const rate = RATES[example];
    const request = parsePlanOptions([
      ...["-k", join(folder, "manifests"), "-f", join(folder, "autoscaling.yaml"), "--start", "3s", "--mutate"],
      ...(rate === undefined ? [] : ["--rate", rate]),
    ]);
    if (request === undefined) throw new Error("no request");
    const unused = (): never => {
      throw new Error("nothing else is read");
    };
    const run = await mutate(request, {
      kubectl: () => Promise.resolve("kubectl"),
      kubeConfig: unused,
      report: unused,
    });
    const [, ...told] =
      /detect (\d+) of (\d+): the file's assertions (\d+), the doctor's rules (\d+)\n/.exec(renderMutation(run)) ?? [];
    expect(told.map(Number)).toEqual(counts);
    expect(run.results.filter(({ notSimulated }) => notSimulated !== null)).toEqual([]);
  },
  120_000,
);
