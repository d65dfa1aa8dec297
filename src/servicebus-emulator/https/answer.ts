/** What goes back to a client. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after the answer: the rest of the request may still be on its way. */
  readonly close?: boolean;
}

/** An answer that is not the requested one; `message` says to the client what was wrong, and what would be right. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly close: boolean;

  constructor(
    status: number,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly close?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.close = options.close ?? false;
  }
}

/** Something that Service Bus does and this emulator does not; the feature is named, never half-done. */
export function notImplemented(feature: string): HttpError {
  return new HttpError(501, `${feature} not implemented by this emulator.`);
}

/** @param feature what the address would need, as in `topics`. */
export function notImplementedAt(path: string, feature: string): HttpError {
  return new HttpError(501, `"${path}" needs ${feature}: not implemented by this emulator.`);
}
