import * as z from "zod";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { busLogin, type BusLogin } from "../../k6/lib/serviceBus.ts";
import type { PreflightFinding } from "../../preflight/finding.ts";
import { parseRedisUrl } from "./ledger/redisAccess.ts";
import type { OrdersOverlay, ProofEnvironment } from "./overlays.ts";
import { busService } from "./serviceBus/connections.ts";
import { queueSource } from "./serviceBus/queue.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** What is wrong with what the proof takes from its environment: variables, the token's time, and what the bus says to it. */
export async function environmentFindings(
  { bus, redis }: OrdersOverlay,
  given: { environment: ProofEnvironment; queue: string; expectedSeconds: number; nowMs: number },
): Promise<PreflightFinding[]> {
  const { REDIS_URL } = given.environment;
  return [
    ...(redis.from === "secret" && REDIS_URL ? wrong(() => parseRedisUrl(REDIS_URL, "REDIS_URL")) : []),
    ...(bus.from === "environment" ? await loginFindings(given) : []),
  ];
}

async function loginFindings(given: Parameters<typeof environmentFindings>[1]): Promise<PreflightFinding[]> {
  const { environment, queue, expectedSeconds, nowMs } = given;
  const found = wrong(() => busLogin(environment));
  if (found.length > 0) return found;
  const login = busLogin(environment);
  const expiresMs = login.kind === "token" ? expiryOf(login.token) : undefined;
  if (expiresMs !== undefined && expiresMs <= nowMs) {
    return [
      { id: "access-token-expired", severity: "ERROR", params: { expiresAt: new Date(expiresMs).toISOString() } },
    ];
  }
  const early = expiresMs !== undefined && expiresMs < nowMs + expectedSeconds * 1000;
  return [
    ...(early
      ? [
          {
            id: "access-token-expires-early" as const,
            severity: "WARN" as const,
            params: { expiresAt: new Date(expiresMs).toISOString(), expectedSeconds },
          },
        ]
      : []),
    ...(await answerFindings(login, queue)),
  ];
}

/** Asks the bus for the queue's counts, as the proof does once a second. One within the cluster is reached in another way, when the proof begins. */
async function answerFindings(login: BusLogin, queue: string): Promise<PreflightFinding[]> {
  const { host } = login;
  if (busService({ login, ca: undefined }) !== undefined) return [];
  const source = queueSource({ login, ca: undefined }, queue, login);
  try {
    if ((await source(AbortSignal.timeout(ANSWER_TIMEOUT_MS))) !== undefined) return [];
    return [{ id: "bus-refuses", severity: "ERROR", params: { host, error: `it has no queue ${queue}` } }];
  } catch (error) {
    return [{ id: "bus-refuses", severity: "ERROR", params: { host, error: messageOf(error) } }];
  } finally {
    source.close();
  }
}

const claims = z.object({ exp: z.number() });

/** When a token's time is over, in milliseconds since 1970; undefined where it does not say so. */
function expiryOf(token: string): number | undefined {
  try {
    const text = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    return claims.parse(JSON.parse(text)).exp * 1000;
  } catch {
    // To whom it is not addressed a token is opaque: then only the bus knows.
    return undefined;
  }
}

function wrong(parse: () => unknown): PreflightFinding[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [{ id: "environment-wrong", severity: "ERROR", params: { error: messageOf(error) } }];
  }
}
