import { enableCompileCache } from "node:module";

// To erase types and to compile takes half of the time to readiness: the results are kept in the system's folder for temporary files.
enableCompileCache();
const { runMain } = await import("../process/runMain.ts");
const { runEmulator } = await import("../emulator/command.ts");

// npm runs this in the checkout, wherever it was called from.
const call = { command: "npm run emulator --", directory: process.env.INIT_CWD ?? process.cwd() };
await runMain(() => runEmulator(process.argv.slice(2), call), { handlesSignals: true });
