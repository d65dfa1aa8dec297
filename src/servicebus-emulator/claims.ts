import { allows, InvalidTokenError, resourcePath, verifyToken } from "./sharedAccess.ts";
import type { Grant, Right, SharedAccessKey } from "./sharedAccess.ts";

/** What one connection has shown that it may do. */
export interface Claims {
  /**
   * Verifies a token for the resource `audience` and keeps what it grants.
   * @throws {InvalidTokenError}
   */
  put(audience: string, token: string, nowMs: number): void;
  allow(wanted: Right, path: string, nowMs: number): boolean;
}

export function createClaims(keys: readonly SharedAccessKey[]): Claims {
  /** By resource; a new token for the same one replaces the old. */
  const grants = new Map<string, Grant>();
  return {
    put: (audience, token, nowMs) => {
      const grant = verifyToken(token, keys, nowMs);
      const path = resourcePath(audience);
      const covers = grant.path === "" || path === grant.path || path.startsWith(`${grant.path}/`);
      if (!covers) throw new InvalidTokenError(`InvalidAudience: the token is for "${grant.path}", not for "${path}".`);
      grants.set(path, { ...grant, path });
    },
    allow: (wanted, path, nowMs) => [...grants.values()].some((grant) => allows(grant, wanted, path, nowMs)),
  };
}
