import type { IncomingMessage } from "node:http";
import { BodyTooLargeError, readBody } from "../shared/body.ts";
import { problemOf } from "./problems.ts";
import { OrderRejectedError } from "./rejection.ts";

/** An order takes a few hundred bytes. */
export const BODY_LIMIT_BYTES = 16 * 1024;

/**
 * The body as JSON, whatever it says. Our own instead of Express's: half the cost, and nothing that an order does not need.
 * @throws {OrderRejectedError} for another type, a compressed body (its limit would not hold), one that is too large, or what is no JSON.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const { "content-type": contentType, "content-encoding": contentEncoding = "identity" } = request.headers;
  if (contentType?.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    throw malformed("unsupported-media-type", `content type is ${contentType ?? "not given"}, want application/json`);
  }
  if (contentEncoding !== "identity") {
    throw malformed("unsupported-media-type", `content encoding is ${contentEncoding}, want none`);
  }
  let text: string;
  try {
    text = await readBody(request, BODY_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw malformed("too-large", error.message);
    throw malformed("malformed-request", "the body broke off");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed("malformed-request", text === "" ? "there is no body" : "the body is not JSON");
  }
}

function malformed(kind: Parameters<typeof problemOf>[0], detail: string): OrderRejectedError {
  return new OrderRejectedError("malformed", problemOf(kind, { detail }));
}
