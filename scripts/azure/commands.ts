/** One use of the Azure CLI on a page. */
export interface AzCommand {
  /** `aks create`. */
  name: string;
  /** Each option as it is written: `--name`, `-n`. */
  options: string[];
  /** Where its block's line is on the page, from 1. */
  line: number;
}

const FENCE = /^```(\w*)/;

/** The commands of `az` in a page's blocks of shell, those within `$(…)` and functions too, in their order. */
export function azCommandsIn(markdown: string): AzCommand[] {
  const found: AzCommand[] = [];
  let inShell = false;
  let pending: { text: string; line: number } | undefined;
  markdown.split("\n").forEach((text, index) => {
    const fence = FENCE.exec(text);
    if (fence !== null) {
      inShell = !inShell && fence[1] === "sh";
      return;
    }
    if (!inShell) return;
    const joined = pending === undefined ? { text, line: index + 1 } : { ...pending, text: pending.text + text };
    // A line goes on behind a backslash, and within quotes.
    if (/\\$/.test(text)) {
      pending = { ...joined, text: joined.text.replace(/\\$/, " ") };
      return;
    }
    if (hasOpenQuote(joined.text)) {
      pending = { ...joined, text: `${joined.text}\n` };
      return;
    }
    pending = undefined;
    found.push(...commandsIn(joined.text).map((command) => ({ ...command, line: joined.line })));
  });
  return found;
}

function hasOpenQuote(text: string): boolean {
  let quote: string | undefined;
  for (const character of text.replaceAll(/(^|\s)#.*$/gm, "")) {
    if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = undefined;
  }
  return quote !== undefined;
}

/** Of one line of shell. What stands in quotes is a value, but for the commands in it. */
function commandsIn(text: string): Omit<AzCommand, "line">[] {
  const nested: string[] = [];
  let rest = text;
  for (;;) {
    // Innermost first.
    const inner = /\$\(([^()]*)\)/.exec(rest);
    if (inner === null) break;
    nested.push(inner[1] ?? "");
    rest = rest.replace(inner[0], "VALUE");
  }
  const plain = rest.replaceAll(/'[^']*'|"[^"]*"/g, "VALUE").replaceAll(/(^|\s)#.*$/gm, "");
  const segments = [...nested.map((one) => one.replaceAll(/'[^']*'|"[^"]*"/g, "VALUE")), plain].flatMap((one) =>
    one.split(/&&|\|\||[|;{}()\n]/),
  );
  return segments.flatMap((segment) => {
    const words = segment
      .trim()
      .replace(/^do\s+/, "")
      .split(/\s+/);
    if (words[0] !== "az") return [];
    const first = words.findIndex((word) => word.startsWith("-"));
    const name = words.slice(1, first === -1 ? undefined : first).join(" ");
    const options = words.filter((word) => word.startsWith("-")).map((word) => word.replace(/=.*$/, ""));
    return [{ name, options }];
  });
}
