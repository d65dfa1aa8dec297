import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { busLogin } from "../../k6/lib/serviceBus.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { present, until } from "../../observe/request.ts";
import { parseRedisUrl, type RedisAccess } from "./ledger/redisAccess.ts";
import type { OrdersOverlay, ProofEnvironment, SecretKey } from "./overlays.ts";
import { type BusAccess, readBusAccess } from "./serviceBus/queue.ts";

const READ_TIMEOUT_MS = 10_000;

/** Where the orders system is deployed, and what the proof was given beside it. */
interface Deployment {
  kubeConfig: KubeConfig;
  namespace: string;
  environment: ProofEnvironment;
}

/** @throws naming the Secret or the variable that is missing. */
export async function busAccessOf({ bus }: OrdersOverlay, at: Deployment): Promise<BusAccess> {
  return bus.from === "secret"
    ? readBusAccess(at.kubeConfig, at.namespace)
    : { login: busLogin(at.environment), ca: undefined };
}

/**
 * @param reach dials a Service, where Redis is behind one.
 * @throws naming the Secret or the variable that is missing or wrong.
 */
export async function redisAccessOf(
  { redis }: OrdersOverlay,
  at: Deployment & { reach: (service: string, port: number) => Promise<Endpoint> },
): Promise<RedisAccess> {
  if (redis.from === "service") return at.reach(redis.service, redis.port);
  const { REDIS_URL } = at.environment;
  if (REDIS_URL) return parseRedisUrl(REDIS_URL, "REDIS_URL");
  return parseRedisUrl(await readKey(at, redis.url), `key ${redis.url.key} of Secret ${redis.url.secret}`);
}

async function readKey({ kubeConfig, namespace }: Deployment, { secret, key, fix }: SecretKey): Promise<string> {
  const what = `Secret ${secret} in ${namespace}`;
  const found = await present(what, (signal) =>
    kubeConfig.makeApiClient(CoreV1Api).readNamespacedSecret({ name: secret, namespace }, until(signal)),
  )(AbortSignal.timeout(READ_TIMEOUT_MS));
  const encoded = found?.data?.[key];
  if (encoded === undefined) throw new Error(`${what} has no key ${key}, or is not there; ${fix}`);
  return Buffer.from(encoded, "base64").toString().trim();
}
