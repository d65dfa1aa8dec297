/** The command line as a shell takes it, of a command that may be several words, with the cluster that was chosen by the environment. */
export function commandLine(command: string, args: readonly string[]): string {
  const provider = process.env.CLUSTER ?? "";
  const words = [...command.split(" "), ...args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
  );
  return [...(provider === "" ? [] : [`CLUSTER=${provider}`]), ...words].join(" ");
}
