import { createHmac } from "node:crypto";
import { Agent, request } from "node:https";
import { ServiceBusAdministrationClient, ServiceBusClient } from "@azure/service-bus";
import { sharedAccessSignature } from "../../loadtest/k6/lib/serviceBus.ts";
import type { EmulatorPorts } from "./emulatorProcess.ts";
import { KEY, type Site } from "./site.ts";

const TOKEN_LIFETIME_SECONDS = 3_600;

/** Media type of a batch over REST. */
export const BATCH_TYPE = "application/vnd.microsoft.servicebus.json";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** HTTPS with kept connections, TLS verified and every request signed. */
export interface HttpsClient {
  /** @throws when the connection breaks before the whole answer is here. */
  send(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: string | Buffer },
  ): Promise<HttpAnswer>;
  close(): void;
}

export function connectionString(amqpPort: number): string {
  return `Endpoint=sb://127.0.0.1:${amqpPort};SharedAccessKeyName=${KEY.name};SharedAccessKey=${KEY.key};UseDevelopmentEmulator=true`;
}

/** A client that tries everything once: what it reports is what happened to that one try. */
export function onceOnlyClient(amqpPort: number, timeoutMs = 20_000): ServiceBusClient {
  return new ServiceBusClient(connectionString(amqpPort), {
    retryOptions: { maxRetries: 0, retryDelayInMs: 50, timeoutInMs: timeoutMs },
  });
}

export function adminClient(httpsPort: number, site: Pick<Site, "authority">): ServiceBusAdministrationClient {
  return new ServiceBusAdministrationClient(
    `Endpoint=sb://localhost:${httpsPort};SharedAccessKeyName=${KEY.name};SharedAccessKey=${KEY.key}`,
    { tlsOptions: { ca: site.authority }, retryOptions: { maxRetries: 0 } },
  );
}

/** A token for everything at and under `/`; valid for an hour. */
export function token(ports: Pick<EmulatorPorts, "httpsPort">, path = ""): string {
  return sharedAccessSignature({
    uri: `https://localhost:${ports.httpsPort}/${path}`,
    keyName: KEY.name,
    key: KEY.key,
    expiresAtSeconds: Math.floor(Date.now() / 1_000) + TOKEN_LIFETIME_SECONDS,
    hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest("base64"),
  });
}

export function httpsClient(
  ports: Pick<EmulatorPorts, "httpsPort">,
  site: Pick<Site, "authority">,
  maxSockets = 4,
): HttpsClient {
  const agent = new Agent({ keepAlive: true, maxSockets, ca: site.authority });
  const authorization = token(ports);
  return {
    send: (method, path, { headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          { host: "localhost", port: ports.httpsPort, method, path, agent, headers: { authorization, ...headers } },
          (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
            response.on("error", reject);
            response.on("end", () => {
              resolve({ status: response.statusCode ?? 0, body: text });
            });
          },
        );
        outgoing.on("error", reject);
        outgoing.end(body);
      }),
    close: () => {
      agent.destroy();
    },
  };
}
