import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { startTracing } from "../../../src/shared/startTracing.ts";
import { untraced } from "../../../src/shared/tracing.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const log = pino({ level: "silent" });

describe("off", () => {
  test("nothing is exported without an endpoint", async () => {
    expect(await startTracing("api", {}, log)).toBe(untraced);
  });

  test("an incoming trace is continued unchanged", () => {
    expect(untraced.start("a", "server", PARENT)).toMatchObject({ traceId: TRACE_ID, traceparent: PARENT });
  });

  test.each([
    undefined,
    "",
    "00",
    `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-${"0".repeat(16)}-01`,
    PARENT.toUpperCase(),
    `${PARENT}, ${PARENT}`,
  ])("%j starts a trace that is marked as not recorded", (parent) => {
    const { traceId, traceparent } = untraced.start("a", "server", parent);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE_ID);
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(untraced.start("b", "consumer", traceparent)).toMatchObject({ traceId, traceparent });
  });
});

describe("on", () => {
  interface ExportedSpan {
    readonly name: string;
    readonly kind: number;
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly status: { readonly code: number };
  }
  let collector: Server;
  let exported: { path: string; service: unknown; spans: ExportedSpan[] }[];
  let endpoint: string;

  beforeEach(async () => {
    exported = [];
    collector = createServer((request, response) => {
      void text(request).then((body) => {
        const [{ resource, scopeSpans }] = (
          JSON.parse(body) as {
            resourceSpans: [{ resource: { attributes: unknown[] }; scopeSpans: [{ spans: ExportedSpan[] }] }];
          }
        ).resourceSpans;
        exported.push({ path: request.url ?? "", service: resource.attributes[0], spans: scopeSpans[0].spans });
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/base`;
  });

  afterEach(() => {
    collector.closeAllConnections();
    collector.close();
  });

  test("spans continue the incoming trace and are exported at the end", async () => {
    const tracing = await startTracing(
      "api",
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: "orders-api" },
      log,
    );
    const outer = tracing.start("outer", "server", PARENT);
    const inner = outer.child("inner", "producer", { "messaging.message.id": "1" });
    expect(inner.traceId).toBe(TRACE_ID);
    inner.end(new Error("failed"));
    outer.end();
    await tracing.close();
    expect(exported).toMatchObject([
      {
        path: "/base/v1/traces",
        service: { key: "service.name", value: { stringValue: "orders-api" } },
        spans: [
          { name: "inner", kind: 4, traceId: TRACE_ID, status: { code: 2 } },
          { name: "outer", kind: 2, traceId: TRACE_ID, parentSpanId: "00f067aa0ba902b7" },
        ],
      },
    ]);
    const [innerSpan, outerSpan] = exported[0]?.spans ?? [];
    expect(innerSpan?.parentSpanId).toBe(outerSpan?.spanId);
    expect(outer.traceparent).toBe(`00-${TRACE_ID}-${outerSpan?.spanId ?? ""}-01`);
  });

  test("a trace that is not sampled is continued and not exported", async () => {
    const tracing = await startTracing("api", { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, log);
    const span = tracing.start("a", "server", PARENT.replace(/01$/, "00"));
    expect(span.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
    span.end();
    await tracing.close();
    expect(exported).toEqual([]);
  });

  test.each(["gone", "silent"])("a collector that is %s does not delay the shutdown", async (how) => {
    collector.removeAllListeners("request");
    if (how === "gone") collector.close();
    const tracing = await startTracing("api", { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, log);
    tracing.start("a", "server").end();
    const started = performance.now();
    await tracing.close();
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
