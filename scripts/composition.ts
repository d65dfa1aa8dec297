import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { withPicture } from "./composition/page.ts";
import { partsOf } from "./composition/parts.ts";
import { pictureOf } from "./composition/picture.ts";
import { entry } from "./entry.ts";
import { DEV_OVERLAY, ROOT } from "./paths.ts";
import { say } from "./progress.ts";
import { toolset } from "./toolsets.ts";

const PAGE = join(ROOT, "docs/composition.md");

await entry(async () => {
  const rendered = await run((await toolset("kustomize")).binary("kustomize"), ["build", DEV_OVERLAY]);
  const page = await readFile(PAGE, "utf8");
  const drawn = withPicture(page, pictureOf(partsOf(rendered)));
  if (drawn === page) say("docs/composition.md shows kustomize/overlays/dev as it is");
  else {
    await writeFile(PAGE, drawn);
    say("docs/composition.md: the picture is drawn anew");
  }
  return 0;
});
