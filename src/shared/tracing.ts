import type { Attributes, Context, SpanKind } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Logger } from "./logger.ts";

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

/** Time for one export, and so for the last spans at the end; an unavailable collector must not delay a drain. */
const EXPORT_TIMEOUT_MS = 2_000;

type SpanKindName = Lowercase<keyof typeof SpanKind>;

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

/**
 * Tracing as the environment configures it. The OpenTelemetry SDK is loaded only where it is used: off, a span is two identifiers.
 * An exporter that fails is logged and otherwise without consequence; spans that it cannot keep up with are dropped.
 */
export async function startTracing(service: string, environment: TracingEnvironment, log: Logger): Promise<Tracing> {
  const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return untraced;
  const [api, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
  const { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } = api;
  const warn = (message: string): void => {
    log.warn({ endpoint, reason: message }, "traces are not exported");
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": environment.OTEL_SERVICE_NAME ?? service }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }) }),
    ],
  });
  const tracer = provider.getTracer("ownsignal");
  const kinds = {
    internal: SpanKind.INTERNAL,
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    producer: SpanKind.PRODUCER,
    consumer: SpanKind.CONSUMER,
  };

  function startIn(context: Context, name: string, kind: SpanKindName, attributes: Attributes = {}): Span {
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, context);
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceId,
      traceparent: `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? "00" : "01"}`,
      child: (...part) => startIn(trace.setSpan(ROOT_CONTEXT, span), ...part),
      end: (error) => {
        if (error !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : "failed" });
        }
        span.end();
      },
    };
  }

  return {
    start: (name, kind, parent, attributes) => {
      const known = parseTraceparent(parent);
      const context =
        known === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, {
              traceId: known.traceId,
              spanId: known.spanId,
              traceFlags: known.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
              isRemote: true,
            });
      return startIn(context, name, kind, attributes);
    },
    close: async () => {
      const late = AbortSignal.timeout(EXPORT_TIMEOUT_MS);
      await Promise.race([
        provider.shutdown().catch((error: unknown) => {
          log.warn({ endpoint, err: error }, "traces are not exported");
        }),
        new Promise((resolve) => {
          late.addEventListener("abort", resolve);
        }),
      ]);
    },
  };
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

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/;

/** Undefined for what is no traceparent: then a new trace is to be started, says the specification. */
function parseTraceparent(text: string | undefined): { traceId: string; spanId: string; sampled: boolean } | undefined {
  const { traceId, spanId, flags } = (text === undefined ? undefined : TRACEPARENT.exec(text)?.groups) ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
