import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger } from "pino";

/** JSON lines on standard output, each with the service's name; `time` is ISO 8601 in UTC. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = { level, base: { service }, timestamp: () => `,"time":"${new Date().toISOString()}"` };
  // Said to be synchronous, it is not flushed once more at exit: that flush never ends when the reader of the log has gone.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}
