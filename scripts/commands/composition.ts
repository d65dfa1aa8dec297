import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../process/command.ts";
import { withDiagram } from "../composition/page.ts";
import { partsOf } from "../composition/parts.ts";
import { diagramOf } from "../composition/diagram.ts";
import { runMain } from "../process/runMain.ts";
import { DEV_OVERLAY, ROOT } from "../process/paths.ts";
import { say } from "../process/progress.ts";
import { toolset } from "../toolsets/toolsets.ts";

const PAGE = join(ROOT, "docs/explanation/composition.md");

await runMain(async () => {
  const rendered = await run((await toolset("kustomize")).binary("kustomize"), ["build", DEV_OVERLAY]);
  const page = await readFile(PAGE, "utf8");
  const updated = withDiagram(page, diagramOf(partsOf(rendered)));
  if (updated === page) say("docs/explanation/composition.md shows kustomize/overlays/dev as it is");
  else {
    await writeFile(PAGE, updated);
    say("docs/explanation/composition.md: the diagram is updated");
  }
  return 0;
});
