import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "./logger.ts";
import { parseTraceparent } from "./traceparent.ts";
import type { Span, SpanKindName, Tracing } from "./tracing.ts";

/** Time for one export, and so for the last spans at the end; an unavailable collector must not delay a drain. */
const EXPORT_TIMEOUT_MS = 2_000;

/**
 * Spans to an OTLP/HTTP collector at a base address. An exporter that fails is logged and otherwise without consequence; spans that it
 * cannot keep up with are dropped.
 */
export function exportTraces(service: string, endpoint: string, log: Logger): Tracing {
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
    resource: resourceFromAttributes({ "service.name": service }),
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
