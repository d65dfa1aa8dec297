import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { withFieldTables } from "../../../../loadtest/declaration/schema/fieldTables.ts";
import { autoscalingJsonSchema } from "../../../../loadtest/declaration/schema/jsonSchema.ts";
import { declared, FILES } from "./read.ts";

const REFERENCE = join(import.meta.dirname, "../../../../docs/reference");
const PAGE = await readFile(join(REFERENCE, "autoscaling-file.md"), "utf8");

// `npm run schemas:write` writes what these tests compare.
const PUBLISHED: unknown = JSON.parse(await readFile(join(REFERENCE, "autoscaling.schema.json"), "utf8"));

const [, PAGE_EXAMPLE = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];

interface Field {
  name: string;
  schema: { description?: unknown; $ref?: unknown };
}

/** Every field of a JSON Schema, at any depth. */
function fieldsOf(schema: unknown): Field[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.entries(schema.properties as Record<string, Field["schema"]>) : [];
  return [...own.map(([name, field]) => ({ name, schema: field })), ...Object.values(schema).flatMap(fieldsOf)];
}

describe("autoscaling.schema.json", () => {
  test("is not stale", () => {
    expect(PUBLISHED).toEqual(autoscalingJsonSchema());
  });

  test("describes every field", () => {
    const fields = fieldsOf(PUBLISHED);
    expect(fields.length).toBeGreaterThan(60);
    expect(fields.filter(({ schema }) => typeof schema.description !== "string").map(({ name }) => name)).toEqual([]);
  });

  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { uri: true } }).compile(
    PUBLISHED as object,
  );

  test.each(["autoscaling.yaml", "short.yaml"])("accepts %s", async (file) => {
    validate(parse(await readFile(join(FILES, file), "utf8")));
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    ["a number as a text", "iterations: 10", 'iterations: "10"'],
    ["a duration without a unit", "none: 90s", "none: 90"],
    ["a duration of 0", "none: 90s", "none: 0s"],
    ["a misspelt field", "mustNotScale", "mustNotScal"],
    ["two kinds of load", "none: 90s", "none: 90s, k6: load.js"],
    ["no version", "version: 1\n", ""],
    ["an unknown kind of object", "HorizontalPodAutoscaler/worker", "Secret/worker"],
  ])("refuses %s", async (_name, from, to) => {
    const text = await readFile(join(FILES, "short.yaml"), "utf8");
    expect(text.split(from)).toHaveLength(2);
    expect(validate(parse(text.replace(from, to)))).toBe(false);
  });
});

describe("docs/reference/autoscaling-file.md", () => {
  const collapse = (text: string): string => text.replace(/ +/g, " ").replace(/-+/g, "-").replace(/\n+/g, "\n");

  test("has the tables that the schema gives", () => {
    expect(collapse(PAGE)).toBe(collapse(withFieldTables(PAGE)));
  });

  test("names every field of the schema and no other", () => {
    const named = new Set([...PAGE.matchAll(/^\| `(\w+)`/gm)].map(([, name = ""]) => name));
    expect([...named].sort()).toEqual([...new Set(fieldsOf(PUBLISHED).map(({ name }) => name))].sort());
  });

  test("shows an example that can be run, and is valid by the schema that it names", async () => {
    const { declaration } = await declared(PAGE_EXAMPLE);
    expect(declaration.scenarios.map(({ name }) => name)).toEqual(["backlog", "visits"]);
    const validate = new Ajv2020({ allowUnionTypes: true, formats: { uri: true } }).compile(PUBLISHED as object);
    expect(validate(parse(PAGE_EXAMPLE))).toBe(true);
  });
});
