import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";

/** What it answers: a body, the plain text of a log, or a status with a Kubernetes Status. */
export type Answer = Readonly<Record<string, unknown>>;

/** An API server on loopback that answers from a table, and 404 to all else. */
export interface FakeApiServer {
  kubeConfig: KubeConfig;
  address: string;
  close(): Promise<void>;
}

/** @param answers by path, without the query; a function gets the request's body. */
export async function startFakeApiServer(
  answers: Readonly<Record<string, Answer | ((body: unknown) => Answer)>>,
): Promise<FakeApiServer> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const path = (request.url ?? "").replace(/\?.*$/, "");
      const found = answers[path] ?? { code: 404, message: `the server could not find ${path}` };
      const answer = typeof found === "function" ? found(body) : found;
      if ("log" in answer) {
        response.writeHead(200, { "content-type": "text/plain" });
        response.end(String(answer.log));
        return;
      }
      const refused = "code" in answer && "message" in answer;
      response.writeHead(refused ? (answer.code as number) : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(refused ? { kind: "Status", apiVersion: "v1", ...answer } : answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    kubeConfig: kubeConfigFor(address),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A context `test` for this address. */
export function kubeConfigFor(server: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    // The client takes plain HTTP only so.
    clusters: [{ name: "test", server, skipTLSVerify: true }],
    users: [{ name: "someone" }],
    contexts: [{ name: "test", cluster: "test", user: "someone" }],
    currentContext: "test",
  });
  return kubeConfig;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}
