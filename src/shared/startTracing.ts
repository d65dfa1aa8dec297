import type { Logger } from "./logger.ts";
import { untraced, type Tracing, type TracingEnvironment } from "./tracing.ts";

/** Tracing as the environment configures it. The OpenTelemetry SDK is loaded only where it is used: off, a span is two identifiers. */
export async function startTracing(service: string, environment: TracingEnvironment, log: Logger): Promise<Tracing> {
  const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return untraced;
  const { exportTraces } = await import("./otlpTracing.ts");
  return exportTraces(environment.OTEL_SERVICE_NAME ?? service, endpoint, log);
}
