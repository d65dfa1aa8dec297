import rhea from "rhea";
import type { Claims } from "../access/claims.ts";
import { InvalidTokenError, resourcePath } from "../access/sharedAccess.ts";
import { ARGUMENT_ERROR, AUTH_FAILED, entityNotFound, NOT_FOUND, NOT_IMPLEMENTED } from "./conditions.ts";
import type { Reply, Request } from "./requestReply.ts";

/** Where tokens are put: {@link https://docs.oasis-open.org/amqp/amqp-cbs/v1.0/amqp-cbs-v1.0.html | claims-based security}. */
export const CBS = "$cbs";

const TOKEN_TYPE = "servicebus.windows.net:sastoken";
const JWT_TYPE = "jwt";

/**
 * Takes a token for the connection that `claims` belongs to.
 * @param isKnown whether there is something at an entity's path; empty for the namespace.
 */
export function putToken(
  { operation, properties, body }: Request,
  claims: Claims,
  nowMs: number,
  isKnown: (path: string) => boolean,
): Reply {
  if (operation !== "put-token") {
    return reply(501, `${CBS} knows put-token only, got "${operation}".`, NOT_IMPLEMENTED);
  }
  const { name, type } = properties;
  if (type === JWT_TYPE) {
    return reply(
      501,
      "This emulator does not implement Microsoft Entra tokens: use a connection string.",
      NOT_IMPLEMENTED,
    );
  }
  if (type !== TOKEN_TYPE) return malformed(`the token's type must be ${TOKEN_TYPE}, got "${String(type)}".`);
  if (typeof name !== "string") return malformed("the property name must say which resource the token is for.");
  if (typeof body !== "string") return malformed("the body must be the token, as a string.");
  try {
    claims.put(name, body, nowMs);
    // As the service does it: the Go SDK tells a missing entity by this answer only.
    if (!isKnown(resourcePath(name))) return reply(404, entityNotFound(name).description, NOT_FOUND);
    return reply(202, "Accepted");
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    return reply(401, error.message, AUTH_FAILED);
  }
}

function malformed(what: string): Reply {
  return reply(400, `MalformedToken: ${what}`, ARGUMENT_ERROR);
}

function reply(status: number, description: string, condition?: string): Reply {
  return {
    properties: {
      "status-code": rhea.types.wrap_int(status),
      "status-description": description,
      ...(condition === undefined ? {} : { "error-condition": rhea.types.wrap_symbol(condition) }),
    },
  };
}
