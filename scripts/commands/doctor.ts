import { resolve } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import { diagnoseFrom } from "../diagnosis/diagnose.ts";
import { printFindings } from "../diagnosis/print.ts";
import { DEV_OVERLAY } from "../process/paths.ts";
import { runMain } from "../process/runMain.ts";

await runMain(async () => {
  const overlay = process.argv[2];
  const findings = await diagnoseFrom(
    async () => (await chooseProvider()).attach(),
    overlay === undefined ? DEV_OVERLAY : resolve(overlay),
  );
  return printFindings(findings);
});
