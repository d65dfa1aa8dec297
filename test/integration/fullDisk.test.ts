import { tmpdir } from "node:os";
import { fullDisk } from "../slow/disk/fullDisk.ts";
import { whyNoSmallDisk } from "../slow/disk/smallDisk.ts";
import { say } from "../support/progress.ts";

// The long form is test/slow/fullDisk.test.ts.
const missing = whyNoSmallDisk();
if (missing !== undefined) say(`full disk: not tested: ${missing}`);

(missing === undefined ? it : it.skip)(
  "refuses sends on a full disk, goes on settling, loses nothing, and recovers",
  async () => {
    const summary = await fullDisk({ cycles: 1, parent: tmpdir() });
    expect(summary).toMatchObject({ cycles: 1, refusedWhileFull: 0 });
  },
  120_000,
);
