import { withSection } from "../../../bench/page.ts";

const page = `# Benchmarks

<!-- services: begin, written by the benchmark -->

old

<!-- services: end -->

<!-- emulator: begin, written by the benchmark -->

of the emulator

<!-- emulator: end -->
`;

it("a run replaces its own section of the page and leaves the other one", () => {
  expect(withSection(page, "services", "new\n")).toBe(page.replace("old", "new"));
});

it("a page without the section is an error that names the missing lines", () => {
  expect(() => withSection("# Benchmarks\n", "services", "new")).toThrow(
    "the page has no lines <!-- services: begin, written by the benchmark --> and <!-- services: end -->",
  );
});
