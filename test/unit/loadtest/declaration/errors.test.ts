import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { readDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { renderErrors } from "../../../../loadtest/declaration/render.ts";
import { errorsOf, FILES } from "./read.ts";

const FULL = await readFile(join(FILES, "autoscaling.yaml"), "utf8");
const SHORT = await readFile(join(FILES, "short.yaml"), "utf8");

describe("errors", () => {
  test("are rendered with file, line and column, which a terminal opens", () => {
    const error = {
      file: "a.yaml",
      position: { line: 3, column: 7 },
      path: "loads.fill",
      message: "is empty",
      fix: "write x",
    };
    expect(renderErrors([error, { ...error, position: null, path: "" }])).toBe(
      "a.yaml:3:7: loads.fill: is empty\n  write x\na.yaml: is empty\n  write x\n",
    );
  });

  test.each(["not-there.yaml", "."])("of %s, which cannot be read, have no line", async (name) => {
    const file = join(FILES, name);
    const read = await readDeclaration(file);
    expect(read).toMatchObject({ kind: "wrong", errors: [{ file, position: null, path: "" }] });
    expect(read).toMatchObject({
      errors: [{ message: expect.stringMatching(/^cannot be read: E(NOENT|ISDIR)/) as unknown }],
    });
  });

  test("never repeat a secret", async () => {
    const secret = "hunter2-hunter2";
    for (const value of [
      secret,
      `[${secret}]`,
      `{ value: [${secret}] }`,
      `"${secret}`,
      `&a *${secret}`,
      `!${secret} x`,
    ]) {
      const text = FULL.replace("RATE: 200", () => `API_TOKEN: ${value}`);
      const errors = await errorsOf(text);
      expect(errors).not.toEqual([]);
      expect(renderErrors(errors)).not.toContain("hunter2");
    }
  });

  test("follow an alias to the place that is wrong", async () => {
    const text = SHORT.replace("delivered: { count: 20 } }", "delivered: &d { count: 0 } }").replace(
      "job.yaml, delivered: { count: 20 }",
      "job.yaml, delivered: *d",
    );
    expect((await errorsOf(text)).map(({ path, position }) => [path, position?.line])).toEqual([
      ["loads.fill.delivered.count", 6],
      ["loads.batch.delivered.count", 6],
    ]);
  });
});

test("aliases that would fill the memory are refused", async () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}]`,
  );
  const errors = await errorsOf(`l0: &l0 x\n${levels.join("\n")}\n`);
  expect(errors.map(({ message }) => message)).toEqual(["the aliases (*name) of this file stand for too much"]);
});

/** Every path of a document, longest last. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const entries = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...entries.flatMap(([key, inside]) => pathsOf(inside, [...path, key]))];
}

test.each([null, true, -1, 1.5, "x", "", [], [null], {}, { x: 1 }])(
  "whatever stands as %j is refused with its place, or accepted; nothing is thrown",
  async (wrong) => {
    for (const path of pathsOf(parseDocument(SHORT).toJS())) {
      const document = parseDocument(SHORT);
      document.setIn(path, wrong);
      for (const { position, message, fix } of await errorsOf(document.toString())) {
        expect(position).not.toBeNull();
        expect(message).not.toMatch(/undefined|\[object/);
        expect(fix).not.toMatch(/undefined|\[object/);
      }
    }
  },
);
