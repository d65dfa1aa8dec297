import { arrivalsOf, endOf, levelSteps, parseCsv, parseCurve } from "../../../../scripts/planning/curve.ts";

const curve = (text: string) => parseCurve(text, "--load w");

test("messages come at once, at a rate, along a ramp and in spikes", () => {
  expect(arrivalsOf(curve("4000@0s, 500@1m30s"))).toEqual([
    { atSeconds: 0, messages: 4000 },
    { atSeconds: 90, messages: 500 },
  ]);
  expect(arrivalsOf(curve("3/s@10s..12s"))).toEqual([
    { atSeconds: 10, messages: 3 },
    { atSeconds: 11, messages: 3 },
  ]);
  const ramp = arrivalsOf(curve("ramp:0-10@0s..10s")).map(({ messages }) => messages);
  expect(ramp.reduce((sum, messages) => sum + messages, 0)).toBe(50);
  expect(ramp).toEqual(ramp.toSorted((a, b) => a - b));
  expect(arrivalsOf(curve("spikes:200@0s..3m/1m"))).toEqual(
    [0, 60, 120].map((atSeconds) => ({ atSeconds, messages: 200 })),
  );
  expect(endOf(curve("200@0s,ramp:0-10@10s..20s"))).toBe(20);
});

test("a rate below one a second still adds up", () => {
  const messages = arrivalsOf(curve("0.25/s@0s..1m"));
  expect(messages).toHaveLength(15);
  expect(messages.every((one) => one.messages === 1)).toBe(true);
});

test("a level holds until the next, in thousandths", () => {
  expect(levelSteps(curve("1200m@0s,300m@2m"), "o")).toEqual([
    [0, 1200],
    [120, 300],
  ]);
  expect(levelSteps(curve("spikes:2@0s..20s/10s"), "o")).toEqual([
    [0, 2000],
    [5, 0],
    [10, 2000],
    [15, 0],
  ]);
  expect(levelSteps(curve("ramp:0-2@0s..2s"), "o")).toEqual([
    [0, 0],
    [1, 1000],
    [2, 2000],
  ]);
  expect(() => levelSteps(curve("2@10s,3@5s"), "--load w")).toThrow("--load w: its parts overlap at 5 s");
});

test.each([
  ["4000", "has no time"],
  ["@0s", "has no amount"],
  ["many@0s", 'has "many" where an amount such as 4000 or 500m is expected'],
  ["4000@soon", 'has "soon" where a time such as 0s or 1m30s is expected'],
  ["4000@5", 'has "5" where a time'],
  ["40/s@0s", "needs two times, as in 0s..2m"],
  ["40/s@2m..1m", "ends before it begins"],
  ["40/s@0s..7h", "goes on after 6 h, which is too long to simulate"],
  ["ramp:5@0s..1m", "has no amount"],
  ["spikes:5@0s..1m", "has no time"],
  ["spikes:5@0s..1m/0s", "has spikes less than a second apart"],
])("%s is refused: it %s", (text, message) => {
  expect(() => curve(text)).toThrow(`--load w: "${text}" ${message}`);
});

test("a CSV file is a curve", () => {
  expect(parseCsv("seconds,value\n0,100\n\n30, 20\r\n", "load.csv")).toEqual([
    { kind: "at", atSeconds: 0, milli: 100_000 },
    { kind: "at", atSeconds: 30, milli: 20_000 },
  ]);
});

test.each([
  ["time,value\n0,1", 'load.csv: line 1 is no header "seconds,value"'],
  ["seconds,value\n", "load.csv has no rows"],
  ["seconds,value\n0,1\n10,\n20,3", "load.csv: line 3 is a hole: it has no value"],
  ["seconds,value\n0,1\n,2", "load.csv: line 3 is a hole: it has no seconds"],
  ["seconds,value\n0,1,2", "load.csv: line 2 has 3 cells"],
  ["seconds,value\nsoon,1", 'load.csv: line 2: "soon" is no number of seconds from 0 to 21600'],
  ["seconds,value\n0,much", 'load.csv: line 2: "much" is no amount'],
  ["seconds,value\n10,1\n10,2", "load.csv: line 3: second 10 comes after second 10"],
])("a CSV file with holes is refused with its line: %j", (text, message) => {
  expect(() => parseCsv(text, "load.csv")).toThrow(message);
});
