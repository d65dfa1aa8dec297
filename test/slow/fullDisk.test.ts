import { tmpdir } from "node:os";
import { fullDisk } from "./disk/fullDisk.ts";
import { whyNoSmallDisk } from "./disk/smallDisk.ts";
import { say } from "../support/progress.ts";

/** Each on a disk of its own: SQLite's file takes more of it each time that it is full, and gives nothing back. */
const DISKS = 10;

const missing = whyNoSmallDisk();
if (missing !== undefined) say(`full disk: not tested: ${missing}`);

(missing === undefined ? it : it.skip)(
  "the emulator refuses sends on a full disk, loses no message, and recovers when there is space again, 30 times",
  async () => {
    say(`full disk: ${DISKS} disks, about 2 min`);
    for (let disk = 1; disk <= DISKS; disk++) {
      const summary = await fullDisk({ cycles: 3, parent: tmpdir() });
      say(`full disk: disk ${disk} of ${DISKS}: ${JSON.stringify(summary)}`);
      expect(summary.cycles).toBe(3);
    }
  },
);
