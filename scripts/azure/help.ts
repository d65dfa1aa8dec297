/** A line of `az … --help` that names an option: four spaces, its names, and behind a colon what it is. */
const OPTION_LINE = /^ {4}(-[^:]*?)\s*(?:\[[^\]]*\]\s*)*:/;

/** The options that a command's help names, long and short. @returns none where the text is no help of a command. */
export function optionsIn(help: string): Set<string> {
  return new Set(
    help.split("\n").flatMap((line) => {
      const names = OPTION_LINE.exec(line)?.[1] ?? "";
      return names.split(/\s+/).filter((name) => name.startsWith("-"));
    }),
  );
}
