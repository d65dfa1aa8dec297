import { UNLIMITED_MS } from "../../../src/servicebus-emulator/model/properties.ts";
import { formatIsoDuration, parseIsoDuration } from "../../../src/servicebus-emulator/config/isoDuration.ts";

const UNLIMITED = "P10675199DT2H48M5.4775807S";

test.each([
  ["PT0S", 0],
  ["PT1M", 60_000],
  ["PT5M", 300_000],
  ["PT1H", 3_600_000],
  ["PT1H30M", 5_400_000],
  ["PT0.29S", 290],
  ["PT1M0.05S", 60_050],
  ["P7D", 604_800_000],
  ["P1DT2H3M4.567S", 93_784_567],
  [UNLIMITED, UNLIMITED_MS],
])("%s is %d ms, and is written so", (text, durationMs) => {
  expect(parseIsoDuration(text)).toBe(durationMs);
  expect(formatIsoDuration(durationMs)).toBe(text);
});

test.each([
  ["PT60S", 60_000],
  ["PT90M", 5_400_000],
  ["PT0.0009S", 0],
  ["P1Y2M", (365 + 60) * 86_400_000],
  ["P10675199DT2H48M5.477539S", UNLIMITED_MS],
  ["P99999999999D", UNLIMITED_MS],
])("%s is read as %d ms", (text, durationMs) => {
  expect(parseIsoDuration(text)).toBe(durationMs);
});

test.each([
  "",
  "P",
  "PT",
  "P1DT",
  "1M",
  "PT1",
  "PT1M ",
  "-PT1M",
  "P1W",
  "PT.5S",
  "PT1.S",
  "pt1m",
  "PT1S1M",
  "00:01:00",
])("%j is no duration", (text) => {
  expect(parseIsoDuration(text)).toBeUndefined();
});
