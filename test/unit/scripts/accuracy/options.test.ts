import { parseAccuracyRequest } from "../../../../scripts/accuracy/options.ts";

test("all configurations are run by default, by one cluster", () => {
  expect(parseAccuracyRequest([])).toMatchObject({ kind: "run", repeats: 5, share: { index: 1, of: 1 } });
  expect(parseAccuracyRequest(["--only", "dev", "--share", "2/3", "--repeats", "7"])).toEqual({
    kind: "run",
    names: ["dev"],
    repeats: 7,
    share: { index: 2, of: 3 },
  });
  expect(parseAccuracyRequest(["--recommendations"])).toMatchObject({ kind: "pairs", repeats: 5 });
});

test.each([
  [["--only", "prod"], "there is no configuration prod"],
  [["--share", "3/2"], "--share 3/2 cannot be"],
  [["--share", "half"], "--share half cannot be"],
  [["--repeats", "0"], "--repeats 0 is no number of repeats"],
  [["--recommendations", "--only", "dev"], "--only is for forecasts"],
  [["--fast"], "Unknown option '--fast'"],
])("%j is refused with what is wrong", (args, message) => {
  expect(() => parseAccuracyRequest(args)).toThrow(message);
});
