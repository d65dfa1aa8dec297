import { nameOf } from "../../../loadtest/model/scenario.ts";
import { deployment, notPassed, ran, value } from "./fixtures.ts";
import { ASKED, type FakeCluster, fakeCluster, run } from "./fakeCluster.ts";

/** Two pods of the API, and one worker that takes what is sent. */
const cluster = (): FakeCluster =>
  fakeCluster(
    (seconds = 0) => ({
      apiDeployment: deployment(seconds > 1 ? 2 : 1),
      queue: value({ active: seconds > 1 && seconds < 60 ? 5 : 0, deadLettered: 0 }),
      workerAutoscaler: ASKED,
      workerDeployment: deployment(seconds > 3 && seconds < 70 ? 1 : 0),
    }),
    ran({ iterations: 2500 }),
    50,
  );

const REFUSED = "429: Cannot evict pod as it would violate the pod's disruption budget.";

test("an eviction that the budget refuses is asked for again every 5 s, and the node is uncordoned before the minimum is restored", async () => {
  const drained = cluster();
  const { environment } = drained;
  const asked: { pod: string; atMs: number }[] = [];
  environment.kill = ({ pods }) => {
    drained.actions.push(`kill ${nameOf(pods)}`);
    const namespace = "orders-dev";
    return Promise.resolve(
      nameOf(pods) === "api"
        ? [
            { pod: "api-1", namespace, refusedBecause: null },
            { pod: "api-2", namespace, refusedBecause: REFUSED },
          ]
        : [],
    );
  };
  environment.evict = ({ pod }) => {
    asked.push({ pod, atMs: environment.nowMs() });
    return Promise.resolve(asked.length < 3 ? REFUSED : null);
  };
  await run("node-drained", drained);
  expect(drained.actions).toEqual([
    ...["minReplicas = 2", "cordon api", "kill worker", "kill api"],
    ...["uncordon", "minReplicas restored"],
  ]);
  expect(asked.map(({ pod }) => pod)).toEqual(["api-2", "api-2", "api-2"]);
  expect(asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0))).toEqual([5000, 5000]);
});

test("an eviction that is not answered is asked for again, too", async () => {
  const drained = cluster();
  let asked = 0;
  drained.environment.kill = () =>
    Promise.resolve([{ pod: "api-2", namespace: "orders-dev", refusedBecause: REFUSED }]);
  drained.environment.evict = () => {
    asked++;
    return asked === 1 ? Promise.reject(new Error("no answer")) : Promise.resolve(null);
  };
  const report = await run("node-drained", drained);
  // Two injections each leave one pod.
  expect(asked).toBe(3);
  expect(notPassed(report.assertions)).not.toHaveProperty("scenario/faults-injected-and-reverted");
});
