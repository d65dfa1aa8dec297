import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger } from "pino";

/** JSON lines on standard output, each with the service's name; `time` is ISO 8601 in UTC. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = { level, base: { service }, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  return pino(options, destination ?? standardOutput());
}

/**
 * The lines of one turn of the event loop in one write: under load most of what logging takes is a write for each. They are written before the
 * process leaves, but for one that is killed, which loses those of the turn it was in.
 */
function standardOutput(): DestinationStream {
  // Said to be synchronous, it is not flushed once more at exit: that flush never ends when the reader of the log has gone.
  const output = pino.destination({ dest: 1, sync: true });
  let lines = "";
  const write = (): void => {
    if (lines === "") return;
    const written = lines;
    lines = "";
    output.write(written);
  };
  process.once("exit", write);
  return {
    write: (line) => {
      if (lines === "") setImmediate(write);
      lines += line;
    },
  };
}
