import { HttpError } from "./answer.ts";

/** What a request asks for, decoded. */
export interface RequestTarget {
  /** Without slashes at its ends; empty for the namespace itself. */
  readonly path: string;
  /** The same as it was sent: a token is signed for the URL as its client wrote it. */
  readonly encodedPath: string;
  readonly query: URLSearchParams;
}

/**
 * Splits a request's target. Not by `URL`, which takes the path `//queue` for a host and folds `..`.
 * @throws {HttpError} 400 when the path is not URL-encoded.
 */
export function parseTarget(target: string): RequestTarget {
  // A proxy may ask with the whole URL.
  const relative = target.replace(/^https?:\/\/[^/?#]*/i, "");
  const [beforeQuery = "", ...rest] = relative.split("?");
  const query = new URLSearchParams(rest.join("?"));
  try {
    return { path: withoutSlashes(decodeURIComponent(beforeQuery)), encodedPath: withoutSlashes(beforeQuery), query };
  } catch {
    throw new HttpError(400, `The path ${beforeQuery} is not URL-encoded.`);
  }
}

/** @throws {HttpError} 400 when the parameter is there and not a whole number. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new HttpError(400, `${name} must be a whole number, got "${value}".`);
  return Number(value);
}

function withoutSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}
