import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { abuseAnswers as answers, type AbuseAnswers } from "../../../loadtest/model/abuse.ts";
import type { NodeFault } from "../../../loadtest/model/nodeFault.ts";
import { ROOT } from "../../process/paths.ts";
import { NODE_ADDRESS, RUN } from "./layout.ts";
import { startDaemon } from "./processes.ts";

/** The name of the process; `down` ends it with the others. */
export const ABUSER = "abuse";
const PROGRAM = join(ROOT, "loadtest/abuse/main.ts");
const ANSWERS = join(RUN, "abuse.json");

/** Abuses what listens at the node's address, which is in the cluster's own network, from within it. It ends by itself after its seconds. */
export async function startAbuse({
  port,
  connections,
  seconds,
}: Extract<NodeFault, { kind: "server-abused" }>): Promise<void> {
  await rm(ANSWERS, { force: true });
  await startDaemon({
    name: ABUSER,
    // Behind everything else on this machine: it is about the server, and not about who gets its CPU.
    command: "nice",
    args: ["-n", "10", process.execPath, PROGRAM, NODE_ADDRESS, ...[port, connections, seconds].map(String), ANSWERS],
  });
}

/** @throws where nothing was abused, or it has not ended. */
export async function abuseAnswers(): Promise<AbuseAnswers> {
  return answers.parse(JSON.parse(await readFile(ANSWERS, "utf8")));
}
