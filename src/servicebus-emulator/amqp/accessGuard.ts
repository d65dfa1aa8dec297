import { createClaims, type Claims } from "../access/claims.ts";
import type { Keys } from "../access/keys.ts";
import type { Right } from "../access/sharedAccess.ts";
import { claimMissing, DETACH_FORCED, UNAUTHORIZED, type AmqpError } from "./conditions.ts";
import type { ConnectionHandle, IncomingLink, OutgoingLink } from "./contract.ts";

/** The longest that a timer of Node's runs, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** A link that needs one of these rights for as long as it is open. */
interface GuardedLink {
  readonly link: IncomingLink | OutgoingLink;
  readonly rights: readonly Right[];
  readonly path: string;
}

/** What is known of a connection's client. */
interface Client {
  readonly claims: Claims;
  readonly guarded: Set<GuardedLink>;
  /** Runs out with the next token. */
  expiry: NodeJS.Timeout | undefined;
}

/** What connections may do, by the tokens and keys that they have shown. */
export interface AccessGuard {
  claimsOf(connection: ConnectionHandle): Claims;
  /** Lets a link open when its connection has one of the rights, and keeps it open for as long as it has. */
  admit(link: IncomingLink | OutgoingLink, rights: readonly Right[], path: string): AmqpError | undefined;
  /** To be called after each token that came. Detaches links when theirs has run out and no new one has come. */
  watchExpiry(connection: ConnectionHandle): void;
  forget(connection: ConnectionHandle): void;
}

export function createAccessGuard(keys: Keys, now: () => number): AccessGuard {
  const clients = new Map<ConnectionHandle, Client>();
  keys.onReplaced(() => {
    for (const client of clients.values()) {
      client.claims.recheck();
      watchExpiry(client);
    }
  });

  function clientOf(connection: ConnectionHandle): Client {
    let client = clients.get(connection);
    if (client === undefined) {
      client = { claims: createClaims(keys), guarded: new Set(), expiry: undefined };
      clients.set(connection, client);
    }
    return client;
  }

  function holds({ claims }: Client, rights: readonly Right[], path: string): boolean {
    return rights.some((right) => claims.allow(right, path, now()));
  }

  /** In the service's words. */
  function watchExpiry(client: Client): void {
    clearTimeout(client.expiry);
    for (const { link, rights, path } of client.guarded) {
      if (holds(client, rights, path)) continue;
      const { description } = claimMissing(rights, resourceOf(link, path));
      link.close({
        condition: DETACH_FORCED,
        description: `The link '${link.attach.name}' is force detached. Code: RenewToken. Details: ${description}`,
      });
    }
    const nextMs = client.claims.nextExpiryMs(now());
    if (nextMs === undefined) return;
    client.expiry = setTimeout(
      () => {
        watchExpiry(client);
      },
      Math.min(nextMs - now(), MAX_TIMER_MS),
    );
  }

  return {
    claimsOf: (connection) => clientOf(connection).claims,
    admit: (link, rights, path) => {
      const client = clientOf(link.session.connection);
      if (!holds(client, rights, path)) {
        const { rejection } = client.claims;
        if (rejection !== undefined) return { condition: UNAUTHORIZED, description: rejection };
        return claimMissing(rights, resourceOf(link, path));
      }
      const guarded = { link, rights, path };
      client.guarded.add(guarded);
      link.whenEnded(() => client.guarded.delete(guarded));
      return undefined;
    },
    watchExpiry: (connection) => {
      watchExpiry(clientOf(connection));
    },
    forget: (connection) => {
      clearTimeout(clients.get(connection)?.expiry);
      clients.delete(connection);
    },
  };
}

/** An entity's URI, by the name under which the client knows the server. */
export function resourceOf(link: IncomingLink | OutgoingLink, path: string): string {
  return `sb://${link.session.connection.hostname}/${path.toLowerCase()}`;
}
