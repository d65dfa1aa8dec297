import { writeFileSync } from "node:fs";
import { MOST_ABUSE } from "../model/abuse.ts";
import { startAbuse } from "./abuse.ts";

/** `main.ts HOST PORT CONNECTIONS SECONDS FILE` abuses a server. It ends after those seconds or by SIGTERM, and then FILE has what was answered. */
const [host = "", port = "", connections = "", seconds = "", file = ""] = process.argv.slice(2);

const stop = startAbuse({
  at: { host, port: Number(port) },
  held: Math.min(MOST_ABUSE.connections, Number(connections)),
  ...{ heldPerSecond: 400, malformedPerSecond: 11, hugePerSecond: 4, slow: 300 },
});
const end = (): void => {
  writeFileSync(file, JSON.stringify(stop()));
  process.exit(0);
};
process.once("SIGTERM", end);
setTimeout(end, Math.min(MOST_ABUSE.seconds, Number(seconds)) * 1000);
