import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../../../scripts/process/paths.ts";

test("./scripts/ownsignal takes paths from the folder that it is called in", async () => {
  const { stdout } = await promisify(execFile)(
    join(ROOT, "scripts/ownsignal"),
    ["plan", "--from", "../example-run", "--json"],
    { cwd: join(ROOT, "docs/how-to"), maxBuffer: 16 * 1024 * 1024 },
  );
  expect(JSON.parse(stdout)).toMatchObject({ plans: [{ workload: "worker" }] });
});
