import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CATALOGUE } from "../../scripts/mutants/catalogue.ts";
import { render } from "../support/render.ts";
import { expectedIds, isOffline, reportedOffline } from "../../scripts/mutants/detectors.ts";

const baseline = render("kustomize/overlays/dev");
const offline = CATALOGUE.filter(({ detections }) => detections.some(isOffline));
let detected = 0;

test("every mutant has its entry and its overlay", () => {
  const folders = readdirSync(resolve(import.meta.dirname, "../mutants"), { withFileTypes: true });
  const overlays = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const named = CATALOGUE.filter(({ overlay }) => overlay !== false).map(({ name }) => name);
  expect(named.sort()).toEqual(overlays.sort());
});

test("every mutant is in docs/reference/mutants.md, in the catalogue's order", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/reference/mutants.md"), "utf8");
  expect([...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name)).toEqual(CATALOGUE.map(({ name }) => name));
});

test("the baseline has no finding", () => {
  expect(reportedOffline(baseline)).toEqual([]);
});

describe.each(CATALOGUE.filter(({ overlay }) => overlay !== false))("$name", ({ name, detections }) => {
  const objects = render(`test/mutants/${name}`);

  test("differs from dev", () => {
    expect(objects).not.toEqual(baseline);
  });

  const expected = detections.filter(isOffline);
  if (expected.length === 0) return;

  test("is detected by the doctor without a cluster, with its cause", () => {
    const reported = reportedOffline(objects).map(({ ids }) => ids);
    // No other one: a fault that is reported twice is looked for twice.
    expect(reported).toEqual(expected.map(expectedIds));
    detected += 1;
  });
});

afterAll(() => {
  process.stdout.write(
    `mutants: ${detected}/${offline.length} detected without a cluster, ${CATALOGUE.length} in the catalogue\n`,
  );
});
