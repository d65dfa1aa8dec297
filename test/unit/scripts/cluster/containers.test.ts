import { processesIn } from "../../../../scripts/cluster/embedded/containers.ts";

test("a process of another PID namespace, listed as 0, is none that down may end", () => {
  expect(processesIn("0\n41\n0\n42\n")).toEqual([41, 42]);
});
