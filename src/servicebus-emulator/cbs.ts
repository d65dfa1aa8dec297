import rhea from "rhea";
import type { Claims } from "./claims.ts";
import type { Reply, Request } from "./requestReply.ts";
import { InvalidTokenError } from "./sharedAccess.ts";

/** Where tokens are put: {@link https://docs.oasis-open.org/amqp/amqp-cbs/v1.0/amqp-cbs-v1.0.html | claims-based security}. */
export const CBS = "$cbs";

const TOKEN_TYPE = "servicebus.windows.net:sastoken";

/** Takes a token for the connection that `claims` belongs to. */
export function putToken({ operation, properties, body }: Request, claims: Claims, nowMs: number): Reply {
  if (operation !== "put-token") return reply(501, `${CBS} knows put-token only, got "${operation}".`);
  const { name, type } = properties;
  if (type !== TOKEN_TYPE) return reply(400, `The token's type must be ${TOKEN_TYPE}, got "${String(type)}".`);
  if (typeof name !== "string") return reply(400, "The property name must say which resource the token is for.");
  if (typeof body !== "string") return reply(400, "The body must be the token, as a string.");
  try {
    claims.put(name, body, nowMs);
    return reply(202, "Accepted");
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    return reply(401, error.message);
  }
}

function reply(status: number, description: string): Reply {
  return { properties: { "status-code": rhea.types.wrap_int(status), "status-description": description } };
}
