import { parseArgs } from "node:util";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

/** The options of `npm run watch`. */
export interface WatchOptions {
  help: boolean;
  /** 0 for any that is free. */
  port: number;
  namespace: string;
  queue: string;
}

export const WATCH_HELP = `Shows live, in a browser on this machine, what each service scales on and its replicas.

  npm run watch                          prints the page's address; Ctrl-C ends it
  npm run watch -- --port 8800
  CLUSTER=existing npm run watch -- --namespace orders

  --port <number>      on 127.0.0.1 (default: any that is free)
  --namespace <name>   default: ${DEV_NAMESPACE}
  --queue <name>       default: orders
  --help
`;

/** @throws {CliError} for an argument that is not known, or a port that is none. */
export function parseWatchOptions(args: readonly string[]): WatchOptions {
  const fix = "npm run watch -- --help lists the options";
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "0" },
        namespace: { type: "string", short: "n", default: DEV_NAMESPACE },
        queue: { type: "string", default: "orders" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), fix, { cause: error });
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new CliError(`--port ${values.port} is not a port`, "a number from 1 to 65535, or none for any that is free");
  }
  return { help: values.help, port, namespace: values.namespace, queue: values.queue };
}
