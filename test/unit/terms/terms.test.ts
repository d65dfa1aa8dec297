import { retiredTerms } from "../../support/retiredTerms.ts";
import { trackedFiles } from "../../support/trackedFiles.ts";

/** The changelog, the list itself with its test, and lists of other projects' modules. */
const UNREAD =
  /^CHANGELOG\.md$|^test\/(unit\/terms\/terms\.test|support\/retiredTerms)\.ts$|(^|\/)go\.(mod|sum)$|^package-lock\.json$/;

test("no tracked file contains a retired term, in its text or its path", () => {
  const findings = trackedFiles().flatMap(({ path, lines }) =>
    UNREAD.test(path)
      ? []
      : [path, ...lines].flatMap((line, number) =>
          retiredTerms(path, line).map((term) => ({ path, text: `${path}:${number}: ${term}` })),
        ),
  );
  expect(findings.map(({ text }) => text)).toEqual([]);
});

test.each([
  ["the remedy is here", ["remedy"]],
  ["At rest, in hand", ["At rest", "in hand"]],
  ["const wantedReplicas = idleTimeOut", ["wantedReplicas", "idleTimeOut"]],
  ["a set-up, a time-out", ["set-up", "time-out"]],
  ["amended, unwanted, sets up, at restaurants, a setup", []],
])("retired terms of %j are %j", (line, expected) => {
  expect(retiredTerms("src/x.ts", line).sort()).toEqual([...expected].sort());
});

test("AMQP's idle-time-out is no retired term in the emulator's AMQP files", () => {
  expect(retiredTerms("src/servicebus-emulator/amqp/x.ts", "idle-time-out, idleTimeOut, a time-out")).toEqual([
    "time-out",
  ]);
});
