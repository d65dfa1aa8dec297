/**
 * The commands of a shell text, as words. Understands what pages use: quotes, comments, continued lines, here-documents, `$(…)`, variables before
 * a command, and the operators between commands. Placeholders such as `<file>`, `[OPTION]...` and `…` become words or nothing.
 */
export function commandsIn(text: string): string[][] {
  const commands: string[][] = [];
  const plain = text
    .replaceAll(/<<-?\s*'?(\w+)'?.*\n[\s\S]*?\n\1/g, "")
    .replaceAll(/\\\n\s*/g, " ")
    .replaceAll(/<([\w][\w ./-]*)>/g, (_, name: string) => name.replaceAll(" ", "-"))
    .replaceAll(/\[[^\]]*\](\.\.\.)?/g, " ")
    .replaceAll(/(…|\.\.\.)(?=\s*($|[)|"]))/gm, " ")
    .replaceAll("…", "ANY");
  for (const line of plain.split("\n")) {
    for (const words of commandsOf(line)) commands.push(words);
  }
  return commands;
}

const OPERATOR = /^(&&|\|\||[|&;()]|\d?>>?&?\d?|<)/;

function commandsOf(line: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let rest = line.trim();
  const end = (): void => {
    if (words.length > 0) commands.push(withoutPrefix(words));
    words = [];
  };
  while (rest !== "") {
    if (rest.startsWith("#")) break;
    const operator = OPERATOR.exec(rest)?.[0];
    if (operator !== undefined) {
      rest = rest.slice(operator.length).trimStart();
      // Where output goes to is no word of the command.
      if (/[<>]/.test(operator)) rest = rest.replace(/^\S+/, "").trimStart();
      else end();
      continue;
    }
    const { word, inner, length } = wordAt(rest);
    for (const text of inner) commands.push(...commandsOf(text));
    words.push(word);
    rest = rest.slice(length).trimStart();
  }
  end();
  return commands.filter((command) => command.length > 0);
}

function wordAt(text: string): { word: string; inner: string[]; length: number } {
  const inner: string[] = [];
  let word = "";
  let at = 0;
  let quote = "";
  while (at < text.length) {
    const letter = text.charAt(at);
    if (letter === "$" && text.charAt(at + 1) === "(") {
      const close = text.indexOf(")", at);
      const stop = close < 0 ? text.length : close;
      inner.push(text.slice(at + 2, stop));
      word += "$";
      at = stop + 1;
      continue;
    }
    if (quote === "" && (/\s/.test(letter) || OPERATOR.test(letter))) break;
    if (letter === quote) quote = "";
    else if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
    else word += letter;
    at += 1;
  }
  return { word, inner, length: Math.max(at, 1) };
}

/** Without variables that are set for the command, and without programs that start another. */
function withoutPrefix(words: readonly string[]): string[] {
  const [first = "", ...rest] = words;
  return /^[A-Z_]+=/.test(first) || ["eval", "time", "sudo", "exec", "env", "timeout"].includes(first)
    ? withoutPrefix(rest)
    : [...words];
}
