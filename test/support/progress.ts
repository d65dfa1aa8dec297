/** Prints a line of what is going on at once; jest would hold back what goes through the console. */
export function say(line: string): void {
  process.stderr.write(`    ${line}\n`);
}
