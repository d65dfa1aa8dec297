import { isMap, valueAt } from "./branch.ts";
import { type Problem, renderPath, knownNames } from "./problem.ts";
import { select, selectTexts } from "./select.ts";

/** Where the file names what another part of it defines. */
const REFERENCES = [
  { pattern: "scenarios.*.load", to: "loads" },
  { pattern: "scenarios.*.mustScale.*.workload", to: "workloads" },
  { pattern: "scenarios.*.mustNotScale.*", to: "workloads" },
  { pattern: "scenarios.*.faults.*.kill", to: "workloads" },
  { pattern: "scenarios.*.faults.*.evict", to: "workloads" },
  { pattern: "scenarios.*.faults.*.exec.in", to: "workloads" },
  { pattern: "scenarios.*.faults.*.cordon", to: "workloads" },
  { pattern: "scenarios.*.faults.*.restart", to: "workloads" },
  { pattern: "scenarios.*.faults.*.when.ready", to: "workloads" },
  { pattern: "scenarios.*.faults.*.when.desired", to: "workloads" },
] as const;

const SINGULAR = { loads: "load", workloads: "workload" } as const;

/** Names that nothing in the file has. */
export function unknownNames(file: unknown): Problem[] {
  return REFERENCES.flatMap(({ pattern, to }) =>
    selectTexts(file, pattern).flatMap(({ path, value }) => unknown(file, to, value, { path, at: "value" })),
  ).concat(
    select(file, "evidence.prometheus.mustNotRise.*").flatMap(({ path }) =>
      unknown(file, "workloads", String(path.at(-1)), { path, at: "key" }),
    ),
    select(file, "loads.*.simulated.*").flatMap(({ path }) =>
      unknown(file, "workloads", String(path.at(-1)).split(".")[0] ?? "", { path, at: "key" }),
    ),
  );
}

function unknown(
  file: unknown,
  to: keyof typeof SINGULAR,
  name: string,
  place: Pick<Problem, "path" | "at">,
): Problem[] {
  const part = valueAt(file, [to]);
  // Where the part itself is missing or wrong, that is said.
  if (!isMap(part) || Object.hasOwn(part, name)) return [];
  const message = `${JSON.stringify(name)} is no ${SINGULAR[to]} of this file`;
  return [{ ...place, message, fix: knownNames(name, Object.keys(part), to) }];
}

/** Names that two things have, and things that have two names. */
export function duplicates(file: unknown): Problem[] {
  return [
    ...repeated("scenarios.*.name", file),
    ...repeated("evidence.prometheus.mustHold.*.name", file),
    ...sameWorkloads(file),
  ];
}

function repeated(pattern: string, file: unknown): Problem[] {
  const found = selectTexts(file, pattern);
  return found.flatMap(({ path, value }, index) => {
    const first = found.findIndex((other) => other.value === value);
    return first === index
      ? []
      : [
          {
            path,
            at: "value" as const,
            message: `${JSON.stringify(value)} is already ${renderPath(found[first]?.path ?? [])}`,
            fix: "give it a name of its own",
          },
        ];
  });
}

/** Two names for one object would count its pods twice, and let it be under test and a control at once. */
function sameWorkloads(file: unknown): Problem[] {
  const namespace = isMap(file) ? file.namespace : undefined;
  const found = select(file, "workloads.*").flatMap(({ path, value }) =>
    isMap(value)
      ? [{ path, object: JSON.stringify([value.deployment, value.statefulSet, value.namespace ?? namespace]) }]
      : [],
  );
  return found.flatMap(({ path, object }, index) => {
    const first = found.findIndex((other) => other.object === object);
    const name = found[first]?.path.at(-1);
    return first === index || name === undefined
      ? []
      : [
          {
            path,
            at: "key" as const,
            message: `is the same object as workload ${name}`,
            fix: `remove it, and name ${name} instead`,
          },
        ];
  });
}
