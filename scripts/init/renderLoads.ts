import type { PlannedLoad, PlannedScenario } from "./plan.ts";
import { singleLine } from "./singleLine.ts";
import { named } from "./texts.ts";

/** The k6 script or the command of a scenario, as a file's name and text; undefined where nothing is sent. */
export function renderLoad(scenario: PlannedScenario): { file: string; text: string } | undefined {
  const { load } = scenario;
  switch (load.kind) {
    case "k6":
      return { file: load.file, text: k6Script(scenario) };
    case "command":
      return { file: load.file, text: commandScript(scenario, load) };
    case "none":
      return undefined;
  }
}

function k6Script({ name, scalable, signal }: PlannedScenario): string {
  const metric = signal.kind === "resource" ? signal.resource : "the metric";
  return `import http from "k6/http";

// A new connection for each request: a Service spreads connections over pods, not requests.
export const options = {
  noConnectionReuse: true,
  scenarios: {
    ${JSON.stringify(name)}: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE),
      timeUnit: "1s",
      duration: \`\${__ENV.DURATION_SECONDS}s\`,
      preAllocatedVUs: 50,
      maxVUs: 200,
    },
  },
};

// Take a request that costs ${scalable.object} ${metric}, and that it answers without an error.
export default function () {
  http.get(\`\${__ENV.BASE_URL}/\`);
}
`;
}

function commandScript(
  { name, scalable }: PlannedScenario,
  { file, task, example }: Extract<PlannedLoad, { kind: "command" }>,
): string {
  const lines = [
    "#!/bin/sh",
    `# The load of scenario ${name}, which scales ${scalable.object} by ${named(scalable.autoscaler)}: it has to`,
    `# ${singleLine(task)}.`,
    "# It runs in this folder with the environment that autoscaling.yaml gives it. The last line of its output says how much was delivered.",
    "set -eu",
    "",
    ...(example.length === 0
      ? ["# Write it here, and delete the two lines below."]
      : [
          "# Write it here, and delete the two lines below. With names of your own, for example:",
          "#",
          ...example.map((line) => `#   ${singleLine(line)}`),
        ]),
    `echo ${quoted(`${file} is not written yet: it has to ${singleLine(task)}`)} >&2`,
    "exit 1",
    "",
    `echo "delivered $COUNT"`,
  ];
  return `${lines.join("\n")}\n`;
}

/** As sh takes it as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
