import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { confirmationId, orderRequest } from "../shared/order.ts";
import { PROBLEM_CONTENT_TYPE, problemDetails, problemType } from "../shared/problemDetails.ts";
import { idempotencyKey } from "./idempotencyKey.ts";
import { acceptedOrder, ORDER_ROUTE, ORDERS_ROUTE } from "./orders.ts";
import { storedOrder } from "./orderStore.ts";
import { problemKinds, type ProblemKind } from "./problems.ts";

type Json = Record<string, unknown>;

/** The API as {@link https://spec.openapis.org/oas/v3.1.1.html | OpenAPI 3.1}, from the schemas that requests are parsed with. */
export function openApiDocument(): Json {
  return {
    openapi: "3.1.1",
    info: {
      title: "ownsignal orders",
      version: packageJson.version,
      license: { name: "Apache 2.0", identifier: packageJson.license },
    },
    servers: [{ url: "/" }],
    paths: {
      [ORDERS_ROUTE]: {
        post: {
          operationId: "placeOrder",
          summary: "Places an order",
          parameters: [
            {
              name: "Idempotency-Key",
              in: "header",
              description:
                "Makes a repeat safe: the same key and order get the same confirmation, and the order is done once. Keys are shared by all clients, so take a random UUID.",
              schema: schemaOf(idempotencyKey),
            },
          ],
          requestBody: { required: true, content: { "application/json": { schema: reference("OrderRequest") } } },
          responses: {
            202: {
              description: "The order is queued.",
              headers: {
                Location: { description: "Where its status is.", schema: { type: "string", format: "uri-reference" } },
              },
              content: { "application/json": { schema: reference("AcceptedOrder") } },
            },
            ...problems([
              "malformed-request",
              "malformed-order",
              "malformed-idempotency-key",
              "request-timeout",
              "too-large",
              "too-large-to-queue",
              "unsupported-media-type",
              "order-not-allowed",
              "idempotency-key-reused",
              "headers-too-large",
              "internal",
              "overloaded",
              "validator-unavailable",
              "broker-unavailable",
            ]),
          },
        },
      },
      [ORDER_ROUTE]: {
        get: {
          operationId: "getOrder",
          summary: "The status of an order",
          parameters: [{ name: "confirmationId", in: "path", required: true, schema: schemaOf(confirmationId) }],
          responses: {
            200: {
              description: "The order with its current status.",
              content: { "application/json": { schema: reference("Order") } },
            },
            ...problems([
              "malformed-request",
              "malformed-confirmation-id",
              "unknown-order",
              "request-timeout",
              "headers-too-large",
              "internal",
              "status-unavailable",
            ]),
          },
        },
      },
    },
    components: {
      schemas: {
        OrderRequest: schemaOf(orderRequest),
        AcceptedOrder: schemaOf(acceptedOrder),
        Order: schemaOf(z.object({ confirmationId, ...storedOrder.shape })),
        ProblemDetails: schemaOf(problemDetails),
      },
    },
  };
}

/** The validator's own kind beside the API's. */
type AnsweredKind = ProblemKind | "order-not-allowed";

/** The answers with problem details, one for each status, with the kinds that it can be. */
function problems(kinds: readonly AnsweredKind[]): Record<number, Json> {
  const statusOf = (kind: AnsweredKind): number => (kind === "order-not-allowed" ? 422 : problemKinds[kind].status);
  return Object.fromEntries(
    [...new Set(kinds.map(statusOf))].map((status) => {
      const types = kinds.filter((kind) => statusOf(kind) === status).map(problemType);
      const schema = {
        allOf: [reference("ProblemDetails"), { properties: { type: { enum: types }, status: { const: status } } }],
      };
      return [
        status,
        {
          description: types.map((type) => `\`${type}\``).join(" or "),
          content: { [PROBLEM_CONTENT_TYPE]: { schema } },
          ...(status === 503
            ? { headers: { "Retry-After": { description: "In seconds.", schema: { type: "integer" } } } }
            : {}),
        },
      ];
    }),
  );
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** As it comes over the wire. */
function schemaOf(schema: z.ZodType): Json {
  const found: Json = z.toJSONSchema(schema, {
    io: "input",
    // A format says it to a reader; the pattern that zod writes beside it does not.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  // OpenAPI 3.1 says the dialect for all of them.
  delete found.$schema;
  return found;
}
