import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "../../../src/shared/environment.ts";
import { SHIPPED_RULES } from "../../../src/validator/rules.ts";
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

test("those that are shipped, without a file", () => {
  expect(readRules(undefined)).toBe(SHIPPED_RULES);
});

test("those of the file", () => {
  expect(complaints('{"products": {"sprocket": {"maxAmount": 7}}}')).toEqual([]);
  expect(readRules(file).products).toEqual({ sprocket: { minAmount: 1, maxAmount: 7 } });
});

test.each([
  ["", ":1:1: Unexpected end"],
  ['{\n  "products": {\n', ":3:1: "],
  ['{\n  "products": nothing\n}', ":2:16: Unexpected token 'o'"],
  ['{\n  "products": {},,\n}', ":2:18: "],
  ['{\n  "products": {}\n  "customerName": {}\n}', ":3:3: Expected ',' or '}'"],
  ["rules", ":1:1: Unexpected token 'r'"],
  [`{"a": "${"long ".repeat(50)}",\n  @}`, ":2:3: "],
  [`{"a":\n[1,,${"2,".repeat(50)}]}`, ":2:4: Unexpected token ','"],
])("%j is said to be no JSON, and where", (text, complaint) => {
  const [first = "", ...more] = complaints(text);
  expect(first).toContain(complaint);
  expect(first.indexOf(complaint)).toBe(0);
  expect(first).not.toContain("\n");
  expect(more).toEqual([]);
});

test("every fault of the rules is named by its path", () => {
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

test("a file that is not there is named", () => {
  expect(() => readRules(join(directory, "absent.json"))).toThrow(/absent\.json.*ENOENT/);
});
