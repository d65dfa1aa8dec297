import { createHmac } from "node:crypto";
import { Agent, request, type RequestOptions } from "node:https";
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { authorizationOf, busLogin, type BusLogin, httpsOrigin } from "../../../k6/lib/serviceBus.ts";
import type { QueueState } from "../../../model/observed.ts";
import type { Address } from "../../../model/endpoint.ts";
import type { Source } from "../../../observe/sampler.ts";

const API_VERSION = "2021-05";
const TOKEN_LIFETIME_SECONDS = 3600;
const ANSWER_TIMEOUT_MS = 10_000;

/** How the load and the proof get at the bus. */
export interface BusAccess {
  login: BusLogin;
  /** PEM of the CA that signed the bus's certificate; undefined where the system's own CAs do (Azure). */
  ca: string | undefined;
}

/**
 * The `loadtest` key and the CA from the cluster's own Secrets.
 * @throws naming the Secret that is missing, and what makes it.
 */
export async function readBusAccess(kubeConfig: KubeConfig, namespace: string): Promise<BusAccess> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const secret = await core.readNamespacedSecret({ name: "servicebus-loadtest", namespace }).catch((error: unknown) => {
    throw new Error(`Secret servicebus-loadtest in ${namespace} cannot be read; ./scripts/up makes it`, {
      cause: error,
    });
  });
  const encoded = secret.data?.connection;
  if (encoded === undefined) {
    throw new Error(`Secret servicebus-loadtest in ${namespace} has no key "connection"; ./scripts/up makes it`);
  }
  const connectionString = Buffer.from(encoded, "base64").toString().trim();
  return {
    login: busLogin({ SERVICEBUS_CONNECTION_STRING: connectionString }),
    ca: await readAuthority(core, namespace),
  };
}

/** From the emulator's own Secret, which is not there where the bus is Azure's. */
async function readAuthority(core: CoreV1Api, namespace: string): Promise<string | undefined> {
  const secret = await core.readNamespacedSecret({ name: "servicebus-emulator-tls", namespace }).catch(() => undefined);
  const encoded = secret?.data?.["ca.crt"];
  return encoded === undefined || encoded === "" ? undefined : Buffer.from(encoded, "base64").toString();
}

/**
 * Reads the queue's counts from the management API, as KEDA does.
 * @param address where to dial; TLS is verified for the bus's own host name.
 */
export function queueSource(
  access: BusAccess,
  queue: string,
  address: Address,
): Source<QueueState> & { close: () => void } {
  const { ca } = access;
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(ca === undefined ? {} : { ca }) });
  const source: Source<QueueState> = async (signal) => {
    const entry = await readEntry(access, queue, address, agent, signal);
    return entry === undefined ? undefined : parseQueueEntry(entry);
  };
  return Object.assign(source, {
    close: () => {
      agent.destroy();
    },
  });
}

/** How long a message is locked for its receiver, in seconds. @throws when the queue's description cannot be read, or does not say so. */
export async function readLockSeconds(access: BusAccess, queue: string, address: Address): Promise<number> {
  const { ca } = access;
  const agent = new Agent(ca === undefined ? {} : { ca });
  try {
    const entry = await readEntry(access, queue, address, agent, AbortSignal.timeout(ANSWER_TIMEOUT_MS));
    // Of at most 5 min, so there are no larger units than minutes.
    const [, minutes = "0", seconds = "0"] =
      /<(?:\w+:)?LockDuration(?:\s[^>]*)?>PT(?:(\d+)M)?(?:(\d+)S)?</.exec(entry ?? "") ?? [];
    const lockSeconds = 60 * Number(minutes) + Number(seconds);
    if (lockSeconds === 0) throw new Error(`the entry of queue ${queue} has no LockDuration`);
    return lockSeconds;
  } finally {
    agent.destroy();
  }
}

/** The queue's ATOM entry; undefined where there is no such queue. */
async function readEntry(
  { login }: BusAccess,
  queue: string,
  address: Address,
  agent: Agent,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/${queue}?api-version=${API_VERSION}`;
  const uri = `${httpsOrigin(login)}/${queue}`;
  const authorization = authorizationOf(login, {
    uri,
    expiresAtSeconds: Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_SECONDS,
    hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest("base64"),
  });
  const { status, body } = await get({
    agent,
    host: address.host,
    port: address.port,
    path,
    servername: login.host,
    headers: { host: uri.split("/")[2] ?? login.host, authorization },
    signal,
  });
  // The service answers for a queue that is not there with a feed of nothing, not with 404.
  if (status === 404 || (status === 200 && /^\s*(<\?xml[^>]*>\s*)?<feed[\s>]/.test(body))) return undefined;
  if (status !== 200) throw new Error(`GET ${uri} answered ${status}: ${body.slice(0, 200)}`);
  return body;
}

async function get(options: RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/**
 * The counts of a queue's ATOM entry, whatever prefix its namespaces have.
 * @throws when a count is missing: that is no zero.
 */
export function parseQueueEntry(xml: string): QueueState {
  const count = (element: string): number => {
    const digits = new RegExp(`<(?:\\w+:)?${element}(?:\\s[^>]*)?>(\\d+)<`).exec(xml)?.[1];
    if (digits === undefined) throw new Error(`the queue's entry has no ${element}: ${xml.slice(0, 200)}`);
    return Number(digits);
  };
  return { active: count("ActiveMessageCount"), deadLettered: count("DeadLetterMessageCount") };
}
