import { allows, authenticateKey, grantOf, InvalidTokenError, resourcePath, verifyToken } from "./sharedAccess.ts";
import type { Grant, Right } from "./sharedAccess.ts";
import type { Keys } from "./keys.ts";

/** Resources that one connection may hold tokens for. */
const MAX_RESOURCES = 10_000;

/** What one connection has shown that it may do. */
export interface Claims {
  /**
   * Verifies a token for the resource `audience` and keeps what it grants.
   * @throws {InvalidTokenError}
   */
  put(audience: string, token: string, nowMs: number): void;
  /** Why the last token was not taken, for a client that has not been told; undefined when it was taken. */
  rejection: string | undefined;
  /** Takes a key instead of a token. False: there is none like it. */
  putKey(name: string, key: string, nowMs: number): boolean;
  /** To be called when the keys were replaced. */
  recheck(): void;
  allow(right: Right, path: string, nowMs: number): boolean;
  /** When the next grant ends, in milliseconds since 1970; undefined when none does. */
  nextExpiryMs(nowMs: number): number | undefined;
}

export function createClaims(keys: Pick<Keys, "current">): Claims {
  /** By resource; a new token for the same one replaces the old. */
  const grants = new Map<string, Grant>();
  const claims: Claims = {
    rejection: undefined,
    put: (audience, token, nowMs) => {
      const grant = verifyToken(token, keys.current(), nowMs);
      const path = resourcePath(audience);
      const covers = grant.path === "" || path === grant.path || path.startsWith(`${grant.path}/`);
      if (!covers) throw new InvalidTokenError(`InvalidAudience: the token is for "${grant.path}", not for "${path}".`);
      for (const [known, { expiresAtMs }] of grants) if (expiresAtMs <= nowMs) grants.delete(known);
      if (grants.size >= MAX_RESOURCES && !grants.has(path)) {
        throw new InvalidTokenError(`A connection may hold tokens for ${MAX_RESOURCES} resources.`);
      }
      grants.set(path, { ...grant, path });
      claims.rejection = undefined;
    },
    putKey: (name, key, nowMs) => {
      const grant = authenticateKey(name, key, keys.current(), nowMs);
      if (grant === undefined) return false;
      grants.set("", grant);
      return true;
    },
    recheck: () => {
      for (const [resource, { path, source }] of grants) {
        const grant = grantOf(path, source, keys.current());
        if (grant === undefined) grants.delete(resource);
        else grants.set(resource, grant);
      }
    },
    allow: (right, path, nowMs) => {
      for (const grant of grants.values()) if (allows(grant, right, path, nowMs)) return true;
      return false;
    },
    nextExpiryMs: (nowMs) => {
      let next: number | undefined;
      for (const { expiresAtMs } of grants.values()) {
        if (expiresAtMs > nowMs && expiresAtMs !== Infinity) next = Math.min(next ?? expiresAtMs, expiresAtMs);
      }
      return next;
    },
  };
  return claims;
}
