import { measureSkew, skewFinding, skewOf, type ClockReading } from "../../../loadtest/preflight/clock.ts";
import { preflightText } from "../../../loadtest/preflight/texts.ts";
import { startFakeApiServer } from "./fakeApiServer.ts";

/** Answers of a cluster whose clock is ahead by so much; its header has whole seconds only. */
function readings(aheadMs: number, atMs: readonly number[], roundTripMs = 10): ClockReading[] {
  return atMs.map((askedMs) => ({
    askedMs,
    answeredMs: askedMs + roundTripMs,
    dateMs: Math.floor((askedMs + roundTripMs / 2 + aheadMs) / 1000) * 1000,
  }));
}

describe("clock skew", () => {
  test.each([0, 740, 3200, -4100])("of %d ms lies within what the answers leave open", (aheadMs) => {
    const skew = skewOf(readings(aheadMs, [100_000, 100_240, 100_480, 100_720]));
    expect(skew?.leastMs).toBeLessThanOrEqual(aheadMs);
    expect(skew?.mostMs).toBeGreaterThanOrEqual(aheadMs);
    // One answer leaves more than a second open, four spread over it much less.
    expect((skew?.mostMs ?? 0) - (skew?.leastMs ?? 0)).toBeLessThan(400);
  });

  test("is not known without an answer, nor where a clock was set in between", () => {
    expect(skewOf([])).toBeUndefined();
    expect(skewOf([...readings(0, [100_000]), ...readings(9000, [101_000])])).toBeUndefined();
  });

  test.each([
    [{ leastMs: -900, mostMs: 300 }, undefined],
    [{ leastMs: 1900, mostMs: 2900 }, undefined],
    [
      { leastMs: 2100, mostMs: 2400 },
      { id: "clock-skew", severity: "WARN", params: { seconds: 2.1 } },
    ],
    [
      { leastMs: -4400, mostMs: -4000 },
      { id: "clock-skew", severity: "WARN", params: { seconds: -4 } },
    ],
    [
      { leastMs: -6400, mostMs: -6000 },
      { id: "clock-skew", severity: "ERROR", params: { seconds: -6 } },
    ],
    [undefined, { id: "clocks-not-compared", severity: "WARN", params: {} }],
  ])("of %j gives a finding by its least amount", (skew, finding) => {
    expect(skewFinding(skew)).toEqual(finding);
  });

  test.each([
    [-4, "4.0 s behind this machine's; times of pods come from the one and times of samples from the other: timings"],
    [6, /6\.0 s ahead of .*Synchronise/],
  ])("of %d s has a text with its direction and consequence", (seconds, text) => {
    expect(preflightText({ id: "clock-skew", severity: "WARN", params: { seconds } })).toMatch(text);
  });

  test("is read from the API server's own header", async () => {
    const server = await startFakeApiServer({ "/version": { gitVersion: "v1.36.3" } });
    try {
      const skew = await measureSkew(server.kubeConfig, () => Date.now() - 60_000);
      expect(skew?.leastMs).toBeGreaterThan(58_000);
      expect(skew?.mostMs).toBeLessThan(62_000);
    } finally {
      await server.close();
    }
  });
});
