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
  const { name, type } = properties;
  // The Python SDK calls every token a JWT. It shows nothing of what is said here but that it failed: what is wrong it hears by the attach, which
  // is rejected.
  const isPython = type === JWT_TYPE && typeof body === "string" && body.startsWith("SharedAccessSignature ");
  if (operation !== "put-token") {
    return reply(501, `${CBS} knows put-token only, got "${operation}".`, NOT_IMPLEMENTED);
  }
  if (type === JWT_TYPE && !isPython) {
    const description = "This emulator does not implement Microsoft Entra tokens: use a connection string.";
    return reply(501, description, NOT_IMPLEMENTED);
  }
  if (type !== TOKEN_TYPE && !isPython) {
    return malformed(`the token's type must be ${TOKEN_TYPE}, got "${String(type)}".`);
  }
  if (typeof name !== "string") return malformed("the property name must say which resource the token is for.");
  if (typeof body !== "string") return malformed("the body must be the token, as a string.");
  try {
    claims.put(name, body, nowMs);
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    if (!isPython) return reply(401, error.message, AUTH_FAILED);
    claims.rejection = error.message;
    return ACCEPTED;
  }
  // As the service does it: the Go SDK tells a missing entity by this answer only.
  if (!isPython && !isKnown(resourcePath(name))) return reply(404, entityNotFound(name).description, NOT_FOUND);
  return ACCEPTED;
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

const ACCEPTED = reply(202, "Accepted");
