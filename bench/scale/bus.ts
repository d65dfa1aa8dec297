import { createHmac } from "node:crypto";
import { Agent, request } from "node:https";
import { authorizationOf, httpsOrigin } from "../../loadtest/k6/lib/serviceBus.ts";
import type { Address } from "../../loadtest/model/endpoint.ts";
import type { BusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";

const TOKEN_LIFETIME_SECONDS = 3600;
const AT_ONCE = 8;
const DESCRIPTION = `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><QueueDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"/></content></entry>`;

export interface Bus {
  createQueues(names: readonly string[]): Promise<void>;
  /** Queues that are not there are passed over. */
  deleteQueues(names: readonly string[]): Promise<void>;
  /** One message to each. @returns when each was accepted, in milliseconds since 1970. */
  sendOne(names: readonly string[]): Promise<Map<string, number>>;
  close(): void;
}

/** @param address where to dial; TLS is verified for the bus's own host name. */
export function openBus({ login, ca }: BusAccess, address: Address): Bus {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, ...(ca === undefined ? {} : { ca }) });
  const origin = httpsOrigin(login);

  function send(method: string, path: string, body: string): Promise<number> {
    const authorization = authorizationOf(login, {
      uri: `${origin}${path}`,
      expiresAtSeconds: Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_SECONDS,
      hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest("base64"),
    });
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ agent, host: address.host, port: address.port, method, path, servername: login.host },
          headers: { host: origin.split("/")[2] ?? login.host, authorization },
        },
        (response) => {
          response.resume();
          response.on("error", reject);
          response.on("end", () => {
            resolve(response.statusCode ?? 0);
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async function each(
    names: readonly string[],
    work: (name: string) => Promise<{ status: number; right: readonly number[] }>,
  ): Promise<void> {
    const left = [...names];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let name = left.shift(); name !== undefined; name = left.shift()) {
          const { status, right } = await work(name);
          if (!right.includes(status)) throw new Error(`the bus answered ${status} for queue ${name}`);
        }
      }),
    );
  }

  return {
    createQueues: (names) =>
      each(names, async (name) => ({
        status: await send("PUT", `/${name}?api-version=2021-05`, DESCRIPTION),
        right: [201, 409],
      })),
    deleteQueues: (names) =>
      each(names, async (name) => ({
        status: await send("DELETE", `/${name}?api-version=2021-05`, ""),
        right: [200, 404],
      })),
    sendOne: async (names) => {
      const acceptedMs = new Map<string, number>();
      await each(names, async (name) => {
        const status = await send("POST", `/${name}/messages`, "{}");
        acceptedMs.set(name, Date.now());
        return { status, right: [201] };
      });
      return acceptedMs;
    },
    close: () => {
      agent.destroy();
    },
  };
}
