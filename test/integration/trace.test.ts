import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { eventually } from "../support/eventually.ts";
import { lookUp, order, placeOrder } from "../support/orders.ts";
import { startService, untilReady } from "../support/service.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

let dependencies: ApiDependencies;

beforeAll(async () => {
  dependencies = await startApiDependencies();
});

afterAll(() => dependencies.resources.close());

test("one trace spans the request, the message and the fulfilment of an order", async () => {
  const spans: (Span & { service: string })[] = [];
  const collector = createServer((request, response) => {
    void text(request).then((body) => {
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: {
          resource: { attributes: { value: { stringValue: string } }[] };
          scopeSpans: { spans: Span[] }[];
        }[];
      };
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes[0]?.value.stringValue ?? "";
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  dependencies.resources.add({
    close: () => {
      collector.closeAllConnections();
      collector.close();
    },
  });
  const OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

  const api = await dependencies.startApi({ OTEL_EXPORTER_OTLP_ENDPOINT });
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: dependencies.emulator.connectionString("worker"),
    REDIS_URL: dependencies.redis.url,
    FULFILMENT_LATENCY_MS: "1",
    OTEL_EXPORTER_OTLP_ENDPOINT,
  });
  dependencies.resources.add(worker);
  await untilReady(worker);
  const response = await placeOrder(api.url, order, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` });
  const { confirmationId } = (await response.json()) as { confirmationId: string };
  await eventually("processed", async () => (await lookUp(api.url, confirmationId)).body.status === "processed");
  // What was recorded is handed over at the end at the latest.
  expect(await Promise.all([api.end(), worker.end()])).toEqual([0, 0]);

  const ofTrace = spans.filter(({ traceId }) => traceId === TRACE_ID);
  const named = (service: string, name: string): Span | undefined =>
    ofTrace.find((span) => span.service === service && span.name === name);
  const received = named("api", "POST /api/v1/orders");
  const published = named("api", "publish order");
  expect(received?.parentSpanId).toBe("00f067aa0ba902b7");
  expect(named("api", "validate order")?.parentSpanId).toBe(received?.spanId);
  expect(published?.parentSpanId).toBe(received?.spanId);
  const processed = ofTrace.find((span) => span.service === "worker" && span.parentSpanId === published?.spanId);
  expect(processed).toBeDefined();
  expect(ofTrace.filter((span) => span.service === "worker" && span.parentSpanId === processed?.spanId)).not.toEqual(
    [],
  );
});
