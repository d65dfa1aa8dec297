import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "../../../src/shared/environment.ts";
import { DEFAULT_RULES } from "../../../src/validator/rules.ts";
import { readRules } from "../../../src/validator/rulesFile.ts";

const directory = mkdtempSync(join(tmpdir(), "ownsignal-rules-"));
const file = join(directory, "rules.json");

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** What reading the text as rules complains of, a line for each fault, without the file's name. */
function complaints(text: string): string[] {
  writeFileSync(file, text);
  try {
    readRules(file);
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    const [, ...lines] = (error as Error).message.split("\n");
    return lines.map((line) => {
      expect(line).toContain(`  VALIDATOR_RULES_FILE: ${file}`);
      return line.slice(`  VALIDATOR_RULES_FILE: ${file}`.length);
    });
  }
  return [];
}

test("the default rules are used without a file", () => {
  expect(readRules(undefined)).toBe(DEFAULT_RULES);
});

test("the rules of the file are used", () => {
  expect(complaints('{"products": {"sprocket": {"maxAmount": 7}}}')).toEqual([]);
  expect(readRules(file).products).toEqual({ sprocket: { minAmount: 1, maxAmount: 7 } });
});

test.each([
  ["", "line 1, column 1: want a value"],
  ['{\n  "products": {\n', "line 3, column 1: want "],
  ['{\n  "products": nothing\n}', 'line 2, column 15: want a value, got "nothing"'],
  ['{\n  "products": {},,\n}', "line 2, column 18: want a name"],
  ['{\n  "products": {}\n  "customerName": {}\n}', 'line 3, column 3: want "," or "}"'],
  ["rules", 'line 1, column 1: want a value, got "rules"'],
  [`{"a": "${"long ".repeat(50)}",\n  @}`, "line 2, column 3: want a name"],
  [`{"a":\n[1,,${"2,".repeat(50)}]}`, "line 2, column 4: want a value"],
])("%j is rejected as invalid JSON, with the position", (text, complaint) => {
  const [first = "", ...more] = complaints(text);
  expect(first.indexOf(`, ${complaint}`)).toBe(0);
  expect(first).not.toContain("\n");
  expect(more).toEqual([]);
});

test("every invalid rule is reported by its path", () => {
  expect(
    complaints(
      JSON.stringify({
        customerName: { maxLength: 0, pattern: "(" },
        products: { widget: { maxAmount: "many" }, gadget: { minAmount: 2, maxAmount: 1 }, gizmo: {} },
        more: 1,
      }),
    ).map((complaint) => complaint.slice(0, complaint.indexOf(":"))),
  ).toEqual([
    ", at customerName.maxLength",
    ", at customerName.pattern",
    ", at products.widget.maxAmount",
    ", at products.gadget",
    ", at products.gizmo.maxAmount",
    ", at the top",
  ]);
});

test("a missing file is named", () => {
  expect(() => readRules(join(directory, "absent.json"))).toThrow(/absent\.json.*ENOENT/);
});
