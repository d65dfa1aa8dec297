import { workOff } from "../../../loadtest/timings/drain.ts";

describe("draining a backlog", () => {
  test("that is there at once takes its orders divided by the replicas' pace", () => {
    const worked = workOff({ messages: 100, arrivalSeconds: 0, messagesPerSecondPerReplica: 10 }, { ready: () => 2 });
    expect(worked?.seconds).toBeCloseTo(5);
    expect(worked?.replicaSeconds).toBeCloseTo(10);
  });

  test("whose orders keep arriving ends no sooner than the last one arrives", () => {
    const worked = workOff({ messages: 100, arrivalSeconds: 50, messagesPerSecondPerReplica: 10 }, { ready: () => 2 });
    expect(worked?.seconds).toBeCloseTo(50, 0);
  });

  test("without a replica never ends", () => {
    expect(workOff({ messages: 1, arrivalSeconds: 0, messagesPerSecondPerReplica: 10 }, { ready: () => 0 })).toBeNull();
  });
});
