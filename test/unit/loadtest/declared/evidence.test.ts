import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ledgerOf, readDeclaredLedger } from "../../../../loadtest/targets/declared/ledger.ts";
import { declaredTraffic, queriesHold } from "../../../../loadtest/targets/declared/prometheusEvidence.ts";
import { value } from "../fixtures.ts";

describe("the ledger of two commands", () => {
  test("accounts for each accepted id once, by how often it was finished", () => {
    expect(ledgerOf(["a", "b", "c", "a"], ["a", "b", "b", "b", "x"])).toMatchObject({
      accepted: 3,
      processedOnce: 1,
      processedAgain: 1,
      lost: 1,
      duplicatesAbsorbed: 2,
      examples: { lost: ["c"], processedAgain: ["b"] },
    });
  });

  const at = { folder: ".", environment: { OWN: "b" }, signal: new AbortController().signal };

  test("is read from what they print, a line an id", async () => {
    const commands = { accepted: ["printf", "a\\nb\\n\\n"], finished: ["sh", "-c", 'printf "a\\n$OWN\\n"'] } as const;
    expect(await readDeclaredLedger(commands, at)).toMatchObject({ value: { accepted: 2, processedOnce: 2, lost: 0 } });
  });

  test("is a gap where one of them fails: what was not read is not lost", async () => {
    const commands = { accepted: ["printf", "a"], finished: ["sh", "-c", "echo no such table >&2; exit 3"] } as const;
    expect(await readDeclaredLedger(commands, at)).toMatchObject({
      kind: "gap",
      error: expect.stringContaining("no such table") as string,
    });
  });
});

describe("queries", () => {
  let server: Server;
  let asked: URLSearchParams[];
  let result: unknown;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(new URL(request.url ?? "", "http://x").searchParams);
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    result = [{ metric: {}, value: [1, "5"] }];
  });

  const run = () => ({
    prometheus: value<string>(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    fromMs: 10_000,
    toMs: 72_400,
    signal: new AbortController().signal,
  });
  const declared = (bound: { kind: "atLeast" | "atMost"; value: number }) => ({
    source: { kind: "url", url: "" } as const,
    mustHold: [{ name: "errors", query: "sum(increase(errors_total[$window]))", bound }],
    mustNotRise: [{ workload: "web", query: "sum(increase(visits[$window]))" }],
  });

  test.each([
    ["atMost", 5, "pass"],
    ["atMost", 4, "fail"],
    ["atLeast", 5, "pass"],
    ["atLeast", 6, "fail"],
  ] as const)("%s %i: %s with the value 5", async (kind, bound, status) => {
    const [held] = await queriesHold(declared({ kind, value: bound }), ["jobs"], run());
    expect(held).toMatchObject({ about: ["jobs"], assertion: { id: "query-holds", subject: "errors", status } });
  });

  test("are about the run's own time", async () => {
    await queriesHold(declared({ kind: "atMost", value: 1 }), [], run());
    expect(asked[0]?.get("query")).toBe("sum(increase(errors_total[63s]))");
    expect(asked[0]?.get("time")).toBe("72.4");
  });

  test.each([
    ["no series", [], "has no value"],
    ["several series", [{ value: [1, "5"] }, { value: [1, "6"] }], "2 series"],
    ["no number", [{ value: [1, "NaN"] }], "has no value"],
  ])("with %s are inconclusive, and never a zero", async (_title, found, error) => {
    result = found;
    const [held] = await queriesHold(declared({ kind: "atMost", value: 5 }), [], run());
    expect(held?.assertion).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "query-unreadable", params: { error: expect.stringContaining(error) as string } }],
    });
  });

  test("a control's traffic is read for the controls of this scenario only", async () => {
    expect(await declaredTraffic(declared({ kind: "atMost", value: 5 }), ["web"], run())).toEqual({
      web: { kind: "value", value: { counted: 5, scrapes: null } },
    });
    expect(await declaredTraffic(declared({ kind: "atMost", value: 5 }), ["jobs"], run())).toEqual({});
  });
});
