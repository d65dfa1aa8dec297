import { runEmulator } from "../emulator/command.ts";

/** `ownsignal emulator`: as `npm run emulator`, with paths from the folder in which it is run. */
export function runEmulatorSubcommand(args: readonly string[]): Promise<number> {
  return runEmulator(args, { command: "ownsignal emulator", directory: process.cwd() });
}
