import { render } from "../support/render.ts";

describe("rendering", () => {
  const { KUSTOMIZE } = process.env;

  afterEach(() => {
    if (KUSTOMIZE === undefined) delete process.env.KUSTOMIZE;
    else process.env.KUSTOMIZE = KUSTOMIZE;
  });

  test("works for the base without an overlay", () => {
    expect(render("kustomize/base").length).toBeGreaterThan(0);
  });

  test("fails with kustomize's own message", () => {
    expect(() => render("kustomize/overlays/absent")).toThrow("kustomize/overlays/absent");
  });

  test("names the fix when there is no renderer", () => {
    process.env.KUSTOMIZE = "/nowhere/kustomize";
    expect(() => render("kustomize/base")).toThrow(
      "there is no /nowhere/kustomize; want kubectl on PATH, or KUSTOMIZE",
    );
  });
});
