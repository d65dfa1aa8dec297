import { resolve } from "node:path";
import { chooseProvider } from "../cluster/choose.ts";
import { diagnoseFrom } from "../diagnosis/diagnose.ts";
import { formatFinding } from "../diagnosis/texts.ts";
import { DEV_OVERLAY } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";

await runMain(async () => {
  const overlay = process.argv[2];
  const findings = await diagnoseFrom(
    async () => (await chooseProvider()).attach(),
    overlay === undefined ? DEV_OVERLAY : resolve(overlay),
  );
  for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  if (findings.length === 0) say("No problems found");
  return findings.length === 0 ? 0 : 1;
});
