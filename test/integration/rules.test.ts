import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../support/process.ts";
import { startService } from "../support/service.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ownsignal-rules-"));
  file = join(directory, "rules.json");
});

afterEach(() => rm(directory, { recursive: true }));

test.each([
  ["that is no JSON", '{\n  "products": {\n    "widget": { "maxAmount": 1 },\n  }\n}\n', ", line 4, column 3: "],
  ["with a rule that is none", '{"products":{"widget":{"maxAmount":"1"}}}', ", at products.widget.maxAmount: "],
])(
  "the validator does not start with a rule file %s, and reports the position of the error",
  async (_what, text, where) => {
    await writeFile(file, text);
    const child = startProcess(process.execPath, ["src/validator/main.ts"], {
      environment: { PORT: "0", METRICS_PORT: "0", VALIDATOR_RULES_FILE: file },
    });
    expect(await child.exited).toBe(78);
    expect(child.output()).toContain(`VALIDATOR_RULES_FILE: ${file}${where}`);
  },
);

test("the rules of a file replace the default ones", async () => {
  await writeFile(file, '{"products":{"sprocket":{"maxAmount":7}}}');
  const validator = await startService("validator", { VALIDATOR_RULES_FILE: file });
  const validate = async (productId: string, amount: number): Promise<number> => {
    const body = JSON.stringify({ customerName: "Ada", productId, amount });
    return (await fetch(`${validator.url}/validate`, { method: "POST", body })).status;
  };
  expect(await validate("sprocket", 7)).toBe(200);
  expect(await validate("sprocket", 8)).toBe(422);
  expect(await validate("widget", 1)).toBe(422);
  await validator.end();
});
