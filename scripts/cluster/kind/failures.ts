import { stripVTControlCharacters } from "node:util";
import { CliError } from "../../process/cliError.ts";
import { CommandError } from "../../process/command.ts";

/** What kind and Docker print when something of the machine is in the way, and what to do about it. */
const KNOWN: readonly (readonly [printed: RegExp, fix: string])[] = [
  [/permission denied.*docker/i, "let your user use Docker (group docker, then log in again), or run as root"],
  [
    /no such host|i\/o timeout|TLS handshake|connection refused.*https?:|manifest unknown|pull access denied|failed to resolve|server misbehaving|no route to host|network is unreachable/i,
    "see that Docker can pull from its registries (`docker pull docker.io/library/busybox`): a proxy of Docker's own may be missing",
  ],
  [
    /no space left on device/i,
    "free disk where Docker keeps its images (`docker system df`), then run the same command again",
  ],
  [
    /too many open files|inotify/i,
    "raise fs.inotify.max_user_instances and max_user_watches: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files",
  ],
];

/**
 * A failure of kind or Docker as one line and what to do.
 * @param what of ours it was for.
 * @param more `otherwise`: what to do about a failure that is not known here; `nodeLog`: where the reason may be, since kind tells only which of its commands failed.
 * @returns everything else as it was.
 */
export function explained(error: unknown, what: string, more: { otherwise?: string; nodeLog?: string } = {}): unknown {
  if (!(error instanceof CommandError)) return error;
  const { otherwise = "./scripts/down deletes what is there; then the same command starts afresh", nodeLog = "" } =
    more;
  const known = KNOWN.find(([printed]) => printed.test(error.output) || printed.test(nodeLog));
  const logged = nodeLog.split("\n").find((line) => known?.[0].test(line));
  const reason = logged === undefined ? "" : `; the node's log says: ${withoutColours(logged)}`;
  return new CliError(`${what}: ${errorLine(error)}${reason}`, known?.[1] ?? otherwise, { cause: error });
}

function withoutColours(line: string): string {
  return stripVTControlCharacters(line).trim();
}

/** The line that says what failed: both mark it, and print much around it. */
export function errorLine(error: CommandError): string {
  const lines = error.output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const marked = [/^Error response from daemon: /, /^docker: /, /^ERROR: /, /^error: /i].flatMap((mark) =>
    lines.filter((line) => mark.test(line)),
  );
  return (marked[0] ?? lines.at(-1) ?? error.message).replace(/^(ERROR|error|docker): /i, "");
}
