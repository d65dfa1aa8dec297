import { found } from "./support/changes.ts";
import { VARIATIONS } from "./support/variations.ts";

describe.each(VARIATIONS)("$sound.name", ({ sound, broken }) => {
  test("has no error", () => {
    expect(found(sound.change)).toEqual(sound.findings);
  });

  test(`and its broken twin has: ${broken.name}`, () => {
    expect(found(broken.change)).toEqual(broken.findings);
  });
});
