import type { V1Pod } from "@kubernetes/client-node";
import { podTroubleOf } from "../../../loadtest/observe/podTrouble.ts";

test.each([
  [
    "a crash loop, with how it ended",
    {
      containerStatuses: [
        {
          name: "worker",
          restartCount: 2,
          state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 20s" } },
          lastState: { terminated: { exitCode: 1, reason: "Error" } },
        },
      ],
    },
    { kind: "crash-loop", container: "worker", reason: "CrashLoopBackOff", message: "exit code 1, Error" },
  ],
  [
    "an image",
    {
      containerStatuses: [
        { name: "worker", restartCount: 0, state: { waiting: { reason: "ImagePullBackOff", message: "not found" } } },
      ],
    },
    { kind: "image", container: "worker", reason: "ImagePullBackOff", message: "not found" },
  ],
  [
    "no node",
    { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }] },
    { kind: "unschedulable", container: null, reason: "Unschedulable", message: "0/1 nodes" },
  ],
  [
    "nothing where it is on its way",
    { containerStatuses: [{ name: "worker", restartCount: 0, state: { waiting: { reason: "ContainerCreating" } } }] },
    null,
  ],
])("says why it does not start: %s", (_, status, trouble) => {
  expect(podTroubleOf({ status } as unknown as V1Pod)).toEqual(trouble);
});
