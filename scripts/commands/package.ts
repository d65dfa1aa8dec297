import { join } from "node:path";
import { buildPackage } from "../package/build.ts";
import { ROOT } from "../process/paths.ts";
import { runMain } from "../process/runMain.ts";

// Run by `npm pack`, which takes the folder that this makes.
await runMain(async () => {
  await buildPackage(join(ROOT, "dist/package"));
  return 0;
});
