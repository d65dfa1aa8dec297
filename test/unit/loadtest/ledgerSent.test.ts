import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSent, readSent } from "../../../loadtest/targets/orders/ledger/sent.ts";

const [A, B, C] = [
  "0b8f0e4e-0000-4000-8000-00000000000a",
  "0b8f0e4e-0000-4000-8000-00000000000b",
  "0b8f0e4e-0000-4000-8000-00000000000c",
] as const;

test("accepted and unconfirmed orders are told apart, each once, in their order and in lower case", () => {
  const text = `${B.toUpperCase()}\n${A}\r\n  ${A}\nunconfirmed ${C}\nUNCONFIRMED ${C}\n`;
  expect(parseSent(text)).toEqual({ accepted: [B, A], unconfirmed: [C] });
});

test("an order that was accepted by another try is not unconfirmed, whichever came first", () => {
  expect(parseSent(`unconfirmed ${A}\n${A}\n${B}\nunconfirmed ${B}\n`)).toEqual({ accepted: [A, B], unconfirmed: [] });
});

test("other lines, ids among other words and a truncated last line are no orders", () => {
  const text = `hello\n\norder ${A} failed\nunconfirmed\nunconfirmed ${A} ${B}\n${A}${B}\nlevel=info ${A}\n${C.slice(0, 20)}`;
  expect(parseSent(text)).toEqual({ accepted: [], unconfirmed: [] });
});

describe("from a file", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "ownsignal-sent-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test("a file that k6 never made holds none", async () => {
    expect(await readSent(join(directory, "none.txt"))).toEqual({ accepted: [], unconfirmed: [] });
  });

  test("100,000 orders are read within a second", async () => {
    const ids = Array.from({ length: 100_000 }, () => crypto.randomUUID());
    const file = join(directory, "many.txt");
    await writeFile(file, ids.map((id, index) => (index % 10 === 0 ? `unconfirmed ${id}` : id)).join("\n"));
    const started = performance.now();
    const { accepted, unconfirmed } = await readSent(file);
    expect([accepted.length, unconfirmed.length]).toEqual([90_000, 10_000]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("one that cannot be read is an error with its name, never no orders", async () => {
    await expect(readSent(directory)).rejects.toThrow(directory);
  });
});
