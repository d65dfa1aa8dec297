import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

export function helpText(command: string, groups: readonly string[]): string {
  return `npm run ${command} -- [OPTION]...
  --quick                 smaller and once only, to try things out; docs/reference/benchmarks.md stays as it is
  --only TEXT             only the groups whose name contains TEXT: ${groups.join(", ")}
  --directory DIRECTORY   where the data files go; it must be on a disk (default: a cache directory of the user's)
  --profile DIRECTORY     writes a processor profile of each measured process there; the figures suffer
`;
}

export const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    directory: { type: "string", default: join(homedir(), ".cache/ownsignal/bench") },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
