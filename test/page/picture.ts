import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readReport } from "../../scripts/cli/readReport.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { writeReport } from "../../loadtest/report/write.ts";
import { EXAMPLE_RUN, pictureOf } from "../support/exampleRun.ts";
import { launch, visit } from "./browser.ts";

/** Draws README's picture from docs/example-run/report.json: the verdict and the charts of the first scenario. */

/** What is not shown: all but the verdict, the first scenario's name and its charts. */
const CROPPED = `
  .skip, .brand, .run, header .facts, header dl, footer, main > :not([aria-labelledby="scenario-0"]),
  .scenario > :not(h2, .summary, .charts), .charts details, .charts .moment { display: none !important; }
  body { padding-block: 20px !important; }
  .scenario { border: 0 !important; margin-top: 0 !important; padding-top: 0 !important; }
`;

const images = join(ROOT, "docs/images");
const folder = await mkdtemp(join(tmpdir(), "picture-"));
const browser = await launch();
try {
  await writeReport(await readReport(EXAMPLE_RUN), folder);
  const { page } = await visit(browser, pathToFileURL(join(folder, "report.html")).href, {
    viewport: { width: 960, height: 600 },
    colorScheme: "light",
    deviceScaleFactor: 1.5,
    bypassCSP: true,
  });
  await page.addStyleTag({ content: CROPPED });
  for (const old of await readdir(images)) if (old.startsWith("report-")) await rm(join(images, old));
  const path = join(ROOT, pictureOf(EXAMPLE_RUN));
  await page.locator("body").screenshot({ path });
  process.stdout.write(`${path}\n`);
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}
