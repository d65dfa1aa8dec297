import { parseDuration } from "../../../loadtest/model/parseDuration.ts";

test.each([
  ["5s", 5],
  ["1m30s", 90],
  ["500ms", 0.5],
  ["1.5h", 5400],
  ["2d", 172_800],
  ["soon", undefined],
  ["5", undefined],
  ["", undefined],
])("duration %j is %p seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
