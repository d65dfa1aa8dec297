import { Validator } from "@seriousme/openapi-schema-validator";
import { openApiDocument } from "../../../src/api/openApi.ts";
import { problemKinds } from "../../../src/api/problems.ts";

/** The document as far as the tests read it. */
interface Document {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: unknown }> }> }>
  >;
  components: { schemas: Record<string, { required: string[]; properties: Record<string, unknown> }> };
}

const document = openApiDocument() as unknown as Document;

test("the document is valid OpenAPI 3.1 and every reference resolves", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(openApiDocument()))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  expect(() => validator.resolveRefs()).not.toThrow();
});

test("an order's schema has the bounds that orders are parsed with", () => {
  expect(document.components.schemas.OrderRequest).toEqual({
    type: "object",
    properties: {
      customerName: { type: "string", minLength: 1, maxLength: 200 },
      productId: { type: "string", minLength: 1, maxLength: 64 },
      amount: { type: "integer", minimum: 1, maximum: 1_000_000 },
    },
    required: ["customerName", "productId", "amount"],
    additionalProperties: false,
  });
});

test("every answer is described, and every error as problem details", () => {
  const answers = Object.entries(document.paths).map(([path, operations]) => [
    path,
    Object.entries(operations).map(([method, { responses }]) => [
      method,
      Object.entries(responses).map(([status, { content }]) => `${status} ${Object.keys(content).join()}`),
    ]),
  ]);
  const json = "application/json";
  const problem = "application/problem+json";
  const [place, lookUp] = [
    [400, 408, 413, 415, 422, 431, 500, 503],
    [400, 404, 408, 431, 500, 503],
  ].map((statuses) => statuses.map((status) => `${status} ${problem}`));
  expect(answers).toEqual([
    ["/api/v1/orders", [["post", [`202 ${json}`, ...(place ?? [])]]]],
    ["/api/v1/orders/{confirmationId}", [["get", [`200 ${json}`, ...(lookUp ?? [])]]]],
  ]);
});

test("every problem type of the order routes is listed", () => {
  const text = JSON.stringify(document.paths);
  // These two are of no operation.
  const elsewhere = ["not-found", "method-not-allowed"];
  for (const kind of Object.keys(problemKinds)) {
    expect([kind, text.includes(`urn:ownsignal:problem:${kind}"`)]).toEqual([kind, !elsewhere.includes(kind)]);
  }
});
