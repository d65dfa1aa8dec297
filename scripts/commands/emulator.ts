import { enableCompileCache } from "node:module";

// To erase types and to compile is half of the way to readiness: what comes of it is kept in the system's folder for temporary files.
enableCompileCache();
await import("../emulator/command.ts");
