import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { versionOf } from "../../../scripts/toolsets/toolsets.ts";

/** What stands for the parts that need a cluster, by the job that scrapes it. The version that is deployed must be the one that was recorded. */
export const RECORDED = {
  "kube-state-metrics": `kube-state-metrics-${versionOf("kube-state-metrics")}.txt`,
  "keda-operator": `keda-operator-${versionOf("keda")}.txt`,
  "keda-metrics-apiserver": `keda-metrics-apiserver-${versionOf("keda")}.txt`,
} as const;

/** The text of a recording. */
export function recording(job: keyof typeof RECORDED): Promise<string> {
  return readFile(join(import.meta.dirname, "../fixtures", RECORDED[job]), "utf8");
}

/** Serves each recording at `/<job>`. */
export async function serveRecordings(): Promise<{ address: string; close(): Promise<void> }> {
  const texts = new Map<string, string>();
  for (const job of Object.keys(RECORDED) as (keyof typeof RECORDED)[]) texts.set(`/${job}`, await recording(job));
  const server = createServer((request, response) => {
    const text = texts.get(request.url ?? "");
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/plain; version=0.0.4" }).end(text ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
