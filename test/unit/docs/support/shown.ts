import type { Page } from "./markdown.ts";

/** A command of a page that takes no cluster and a second or two. */
export interface Example {
  readonly command: string;
  readonly at: string;
  /** Lines of its output, as the page shows them; `…` stands for any that are left out. Undefined where it shows none. */
  readonly output: string | undefined;
}

const OUTPUT = /^text output of (.+)$/;

/**
 * The commands that are run: those of fences with the info `sh run`, and those whose output a fence shows, with the info `text output of COMMAND`. GitHub shows neither.
 */
export function examplesOf({ blocks }: Page): Example[] {
  return blocks.flatMap(({ info, text, at }): Example[] => {
    if (info === "sh run") {
      const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*/, "").trim());
      return lines.filter((line) => line !== "").map((command) => ({ command, at, output: undefined }));
    }
    const [, command] = OUTPUT.exec(info) ?? [];
    return command === undefined ? [] : [{ command, at, output: text }];
  });
}

/** The first line of `shown` that `output` does not have at its place, in that order; undefined where it has all. */
export function firstDifference(shown: string, output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trimEnd());
  let next = 0;
  let mayLeaveOut = true;
  for (const line of shown.split("\n").map((one) => one.trimEnd())) {
    if (line.trim() === "…") {
      mayLeaveOut = true;
      continue;
    }
    const found = mayLeaveOut ? lines.indexOf(line, next) : lines[next] === line ? next : -1;
    if (found < 0) return line;
    next = found + 1;
    mayLeaveOut = false;
  }
  return undefined;
}
