import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { findingsByRule } from "./support/findings.ts";
import { COMBINATIONS, render } from "../support/render.ts";

test("every component has a combination of its own", () => {
  const components = readdirSync(resolve(import.meta.dirname, "../../kustomize/components"));
  const alone = COMBINATIONS.map((path) => basename(path));
  expect(components.filter((component) => !alone.includes(component))).toEqual([]);
});

describe.each(COMBINATIONS)("%s", (combination) => {
  const objects = render(combination);
  const namespace = combination.includes("/dev-") ? "orders-dev" : "orders";

  test("keeps every rule of the overlays", () => {
    const broken = Object.entries(findingsByRule(objects, namespace)).filter(([, findings]) => findings.length > 0);
    expect(broken).toEqual([]);
  });
});
