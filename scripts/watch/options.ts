import { parseArgs } from "node:util";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

/** The options of the live view. */
export interface WatchOptions {
  help: boolean;
  /** An autoscaling.yaml, whose workloads are shown; undefined for the orders system. */
  file: string | undefined;
  /** 0 for any that is free. */
  port: number;
  /** A kubectl context; undefined for the cluster that is taken without any. */
  context: string | undefined;
  /** Undefined for the context's own. */
  namespace: string | undefined;
  queue: string;
}

/** @param call the command to show, and the namespace that is taken where nothing names one. */
export function watchHelp({ command, defaultNamespace }: { command: string; defaultNamespace: string }): string {
  return `Shows live, in a browser on this machine, what each service scales on and its replicas.

  ${command} [options]    prints the page's address; Ctrl-C ends it

  -f, --file <path>    an autoscaling.yaml: shows its workloads; else those of the orders system
  --port <number>      on 127.0.0.1 (default: any that is free)
  --context <name>     a context of your kubeconfig
  --namespace <name>   default: the context's own, else ${defaultNamespace}
  --queue <name>       default: orders
  --help
`;
}

/**
 * @param command what --help is shown with.
 * @throws {CliError} for an argument that is not known, or a port that is none.
 */
export function parseWatchOptions(args: readonly string[], command: string): WatchOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        file: { type: "string", short: "f" },
        port: { type: "string", default: "0" },
        context: { type: "string" },
        namespace: { type: "string", short: "n" },
        queue: { type: "string", default: "orders" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), `${command} --help lists the options`, { cause: error });
  }
  const { help, file, context, namespace, queue } = values;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new CliError(`--port ${values.port} is not a port`, "a number from 1 to 65535, or none for any that is free");
  }
  return { help, file, port, context, namespace, queue };
}
