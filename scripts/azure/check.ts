import { suggest } from "../../src/shared/suggest.ts";
import type { HelpsOf } from "./cli.ts";
import type { AzCommand } from "./commands.ts";
import { optionsIn } from "./help.ts";

/** What does not exist of a page's commands: one line each, with where it stands and what may be meant. */
export async function wrongIn(commands: readonly AzCommand[], helpsOf: HelpsOf): Promise<string[]> {
  const helps = await helpsOf([...new Set(commands.map(({ name }) => name))]);
  return commands.flatMap(({ name, options, line }) => {
    const there = optionsIn(helps.get(name) ?? "");
    if (there.size === 0) return [`line ${line}: there is no command az ${name}`];
    return options
      .filter((option) => !there.has(option))
      .map((option) => {
        const near = suggest(option, [...there]);
        return `line ${line}: az ${name} has no option ${option}${near === undefined ? "" : `; did you mean ${near}?`}`;
      });
  });
}
