import { trackedFiles } from "../../support/trackedFiles.ts";

const MOST_LINES = 300;

test(`no tracked TypeScript file has more than ${MOST_LINES} lines`, () => {
  const tooLong = trackedFiles("*.ts")
    .filter(({ lines }) => lines.length > MOST_LINES)
    .map(({ path, lines }) => `${path} has ${lines.length} lines`);
  expect(tooLong).toEqual([]);
});
