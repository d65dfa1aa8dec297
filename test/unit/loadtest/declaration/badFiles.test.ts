import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { errorsOf } from "./read.ts";

const error = z.strictObject({
  at: z.string().regex(/^\d+:\d+$/),
  path: z.string(),
  message: z.string().min(1),
  fix: z.string().min(1),
});
const table = z.strictObject({
  base: z.string(),
  cases: z.array(
    z.union([
      z.strictObject({ name: z.string(), file: z.string(), errors: z.array(error).min(1) }),
      z.strictObject({ name: z.string(), replace: z.string(), by: z.string(), errors: z.array(error).min(1) }),
    ]),
  ),
});
const { base, cases } = table.parse(parse(readFileSync(join(import.meta.dirname, "badFiles.yaml"), "utf8")));

test("the file that they are made of is right", async () => {
  expect(await errorsOf(base)).toEqual([]);
});

describe.each(cases)("$name", (one) => {
  function text(): string {
    if ("file" in one) return one.file;
    expect(base.split(one.replace)).toHaveLength(2);
    return base.replace(one.replace, () => one.by);
  }

  test("is refused with its line, its field, what is wrong and what would be right", async () => {
    const found = (await errorsOf(text())).map(({ position, path, message, fix }) => ({
      ...{ at: `${position?.line ?? "?"}:${position?.column ?? "?"}`, path, message, fix },
    }));
    expect(found).toEqual(one.errors);
  });

  test("says what to do", () => {
    for (const { fix } of one.errors) {
      expect(fix).toMatch(/^(did you mean \S.*\?$|(add|align|give|indent|keep|move|put|remove|separate|use|write) )/);
    }
  });
});
