import type { Attributes, SpanKind } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { parseTraceparent } from "./traceparent.ts";

/** OpenTelemetry's own variables, as an environment's shape. Without an endpoint nothing is traced. */
export const tracingEnvironment = {
  /** Base address of an OTLP/HTTP collector; spans go to `v1/traces` under it. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: "want http://host:port" }).optional(),
  /** Under which name the service appears; its own without one. */
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
};

export interface TracingEnvironment {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_SERVICE_NAME?: string | undefined;
}

/** The application property of a queue message that carries {@link Span.traceparent}. */
export const TRACEPARENT_PROPERTY = "traceparent";

export type SpanKindName = Lowercase<keyof typeof SpanKind>;

/** One part of an order's trace. */
export interface Span {
  /** 32 hexadecimal digits; on each log line of the order, whether or not anything is traced. */
  readonly traceId: string;
  /** What the next span continues from: a value of {@link https://www.w3.org/TR/trace-context/ | W3C's header}. */
  readonly traceparent: string;
  /** A span within this one. */
  child(name: string, kind: SpanKindName, attributes?: Attributes): Span;
  /** Ends it, and marks it as failed when given what went wrong. Only the first call counts. */
  end(error?: unknown): void;
}

export interface Tracing {
  /**
   * @param parent the traceparent of whoever caused this; one that is missing or malformed starts a trace of its own.
   * @param attributes for the span alone. Nothing private: they leave the system.
   */
  start(name: string, kind: SpanKindName, parent?: string, attributes?: Attributes): Span;
  /** Hands over what was recorded, within 2 s. Never rejects. */
  close(): Promise<void>;
}

/** Identifiers without spans: a trace that came in goes on under its id, and one that starts here is marked as not recorded. */
export const untraced: Tracing = {
  start: (_name, _kind, parent) => {
    const known = parseTraceparent(parent);
    if (known !== undefined && parent !== undefined) return unrecorded(known.traceId, parent);
    // The random bits of a UUID are where the specification wants them, and no span is recorded under the other id.
    const traceId = randomUUID().replaceAll("-", "");
    return unrecorded(traceId, `00-${traceId}-${traceId.slice(16)}-00`);
  },
  close: () => Promise.resolve(),
};

function unrecorded(traceId: string, traceparent: string): Span {
  const span: Span = { traceId, traceparent, child: () => span, end: () => undefined };
  return span;
}
