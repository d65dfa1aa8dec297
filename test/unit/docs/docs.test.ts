import { jest } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/process/paths.ts";
import { trackedFiles } from "../../support/trackedFiles.ts";
import { EXAMPLE_RUN, pictureOf } from "../../support/exampleRun.ts";
import { isKnownOption, problemOf } from "./support/documentedCommands.ts";
import { brokenLinks, type Page, pageOf, pages } from "./support/markdown.ts";
import { exists, missingPath } from "./support/paths.ts";
import { commandsIn } from "./support/shell.ts";
import { examplesOf, firstDifference } from "./support/shown.ts";

interface PackageJson {
  version: string;
  repository: { url: string };
  bugs: { url: string };
}

const PAGES = pages();
/** The changelog tells of what was, under the names of then. */
const NOW = PAGES.filter(({ path }) => path !== "CHANGELOG.md");
/** Options of programs of others that a page names without the program. */
const FOREIGN_OPTIONS = [
  "--ca-dir",
  "--console-output",
  "--horizontal-pod-autoscaler-sync-period",
  "--kube-api-burst",
  "--kube-api-qps",
  "--max-semi-space-size",
  "--metric-resolution",
  "--trace-gc",
];

/** It loads the modules of every command. */
const EVERY_COMMAND_LIMIT_MS = 3 * 60_000;

beforeEach(() => {
  // What --help prints.
  jest.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

function linksOf(page: Page): string[] {
  return brokenLinks(page, exists, (path) => PAGES.find((other) => other.path === path)?.anchors);
}

function pathsOf({ path, spans, blocks }: Page): string[] {
  return [...spans, ...blocks].flatMap(({ text, at }) =>
    text
      .split(/[\s"'=()|]+/)
      .map((word) => missingPath(word, path))
      .filter((missing) => missing !== undefined)
      .map((missing) => `${at}: there is no ${missing}`),
  );
}

const checked = new Map<string, Promise<string | undefined>>();

/** Pages name the same commands again and again. */
function problemOnce(words: readonly string[], whole: boolean): Promise<string | undefined> {
  const key = JSON.stringify([words, whole]);
  const known = checked.get(key) ?? problemOf(words, whole);
  checked.set(key, known);
  return known;
}

async function commandsOf({ spans, blocks }: Page): Promise<string[]> {
  const problems: string[] = [];
  const scripts = blocks.filter(({ info }) => info === "" || /^sh\b/.test(info));
  const places = [
    ...spans.map((span) => ({ ...span, whole: false })),
    ...scripts.map((block) => ({ ...block, whole: true })),
  ];
  for (const { text, at, whole } of places) {
    for (const words of commandsIn(text)) {
      const [first = ""] = words;
      const problem = /^--[a-z]/.test(first) && !whole ? await bareOption(first) : await problemOnce(words, whole);
      if (problem !== undefined) problems.push(`${at}: ${problem}`);
    }
  }
  return problems;
}

async function bareOption(written: string): Promise<string | undefined> {
  const option = written.replace(/=.*/, "");
  if (FOREIGN_OPTIONS.includes(option) || (await isKnownOption(option))) return undefined;
  return `no command has the option ${option}`;
}

test("every link into the repository, and its anchor, exists", () => {
  expect(PAGES.flatMap(linksOf)).toEqual([]);
});

test("docs/README.md leads to every page of docs, each in a folder by its kind", () => {
  const kinds = /^docs\/(how-to|explanation|reference|decisions)\/[^/]+\.md$/;
  const inDocs = PAGES.map(({ path }) => path).filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  expect(inDocs.filter((path) => !kinds.test(path))).toEqual([]);
  const index = PAGES.find(({ path }) => path === "docs/README.md")?.links ?? [];
  expect(inDocs.filter((path) => !index.some(({ text }) => `docs/${text}` === path))).toEqual([]);
});

test("every path of the repository that a page names exists", () => {
  expect(NOW.flatMap(pathsOf)).toEqual([]);
});

test("every page that code, manifests and scripts name exists", () => {
  const gone = trackedFiles().flatMap(({ path, lines }) =>
    path.endsWith(".md") || path.startsWith("test/unit/docs/")
      ? []
      : lines.flatMap((line, index) =>
          [...line.matchAll(/(?<![\w./-])docs\/[\w./-]+\.(md|json)\b/g)]
            .filter(([page]) => !exists(page))
            .map(([page]) => `${path}:${index + 1}: there is no ${page}`),
        ),
  );
  expect(gone).toEqual([]);
});

test(
  "every command that a page names exists, and knows its options",
  async () => {
    const problems: string[] = [];
    for (const page of NOW) problems.push(...(await commandsOf(page)));
    expect(problems).toEqual([]);
  },
  EVERY_COMMAND_LIMIT_MS,
);

test("README's picture is of the committed run (npm run docs:picture)", () => {
  const picture = pictureOf(EXAMPLE_RUN);
  expect(exists(picture)).toBe(true);
  expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain(`](${picture})`);
});

test("the package's version and the repository's address are those of package.json wherever they stand", () => {
  const { version, repository, bugs } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as PackageJson;
  const address = repository.url.replace(/^git\+|\.git$/g, "");
  expect(bugs.url).toBe(`${address}/issues`);
  const found = trackedFiles("*.md", "*.yml").flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      [...line.matchAll(/ownsignal-(\d+\.\d+\.\d+)\.tgz|(https:\/\/github\.com\/[\w-]+\/ownsignal)\b/g)].map(
        ([, tarball, url]) => ({
          at: `${path}:${index + 1}`,
          is: tarball ?? url,
          shouldBe: tarball === undefined ? address : version,
        }),
      ),
    ),
  );
  expect(found.filter(({ is, shouldBe }) => is !== shouldBe)).toEqual([]);
  expect(found.map(({ is }) => is)).toEqual(expect.arrayContaining([version, address]));
});

test("the changelog has the version of package.json", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as PackageJson;
  expect(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")).toContain(`\n## ${version}\n`);
});

describe("on a page that is wrong", () => {
  const wrong = (...lines: string[]): Page => pageOf("docs/wrong.md", lines);

  test.each([
    ["[gone](gone.md)", "docs/wrong.md:1: there is no docs/gone.md"],
    ["[gone](../README.md#gone)", "docs/wrong.md:1: README.md has no heading or anchor #gone"],
    ["![gone](images/gone.png)", "docs/wrong.md:1: there is no docs/images/gone.png"],
  ])("%s is found", (line, problem) => {
    expect(linksOf(wrong(line))).toEqual([problem]);
  });

  test.each([
    ["`scripts/gone.ts`", "there is no scripts/gone.ts"],
    ["in `test/{unit,gone}` or `kustomize/overlays/gone`", "there is no kustomize/overlays/gone"],
  ])("the path in %s is found", (line, problem) => {
    expect(pathsOf(wrong(line))).toEqual([`docs/wrong.md:1: ${problem}`]);
  });

  test.each([
    ["./scripts/gone", "there is no ./scripts/gone"],
    ["ownsignal gone -f x", "there is no ownsignal gone"],
    ["npm run gone", "package.json has no script gone"],
    ["npm run emulator --in-memory", "npm run emulator: npm takes --in-memory for itself without -- before it"],
    ["npm run emulator -- --gone", "npm run emulator: Unknown option '--gone'"],
    ["ownsignal plan --gone", "ownsignal plan: Unknown option '--gone'"],
    ["ownsignal plan -f autoscaling.yaml --set worker", 'ownsignal plan: --set: "worker" is no setting'],
    ["ownsignal doctor kustomize two --json", 'ownsignal doctor: "two" is one argument too many'],
    ["./scripts/doctor gone", "./scripts/doctor: there is no overlay gone"],
    ["CLUSTER=kind ./scripts/prove --scenario gone", './scripts/prove: --scenario: there is no scenario "gone"'],
    ["./scripts/down --gone", "./scripts/down: "],
    ["./scripts/up --gone", "./scripts/up takes no options: --gone"],
    ["echo a | npx --yes ./ownsignal-0.0.0.tgz prove -f x --gone", "ownsignal prove: Unknown option '--gone'"],
    ['eval "$(./scripts/gone)"', "there is no ./scripts/gone"],
  ])("%s is found", async (line, problem) => {
    const [found = "", ...more] = await commandsOf(wrong("```sh", line, "```"));
    expect(found).toContain(`docs/wrong.md:1: ${problem}`);
    expect(more).toEqual([]);
  });

  test("an option that no command has is found", async () => {
    expect(await commandsOf(wrong("with `--gone`, `--json` and `--recommend`"))).toEqual([
      "docs/wrong.md:1: no command has the option --gone",
    ]);
  });

  test("output that is not what a command prints is found at its line", () => {
    const [example] = examplesOf(wrong("```text output of echo a b", "one", "…", "four", "```"));
    expect(example).toEqual({ command: "echo a b", at: "docs/wrong.md:1", output: "one\n…\nfour" });
    expect(firstDifference("one\n…\nfour", "zero\none\ntwo\nfour\n")).toBeUndefined();
    expect(firstDifference("one\nfour", "zero\none\ntwo\nfour\n")).toBe("four");
    expect(firstDifference("one\n…\nfive", "zero\none\ntwo\nfour\n")).toBe("five");
  });
});
