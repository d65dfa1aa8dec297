import { ordersWorkloads } from "../../../../loadtest/targets/orders/workloads.ts";
import { aboutThese } from "../../../../scripts/diagnosis/proofFindings.ts";
import { deployedIn, type View } from "../../../../scripts/diagnosis/view.ts";
import { healthyView, named } from "./healthyView.ts";

const [API, WORKER] = ordersWorkloads("orders-dev");

/** As a proof looks at it: at what is deployed, whoever rendered it. */
function view(breakIt: (view: View) => unknown = () => undefined): View {
  const seen = { ...healthyView(), declared: deployedIn([]) };
  breakIt(seen);
  return seen;
}

function idsAbout(workloads: Parameters<typeof aboutThese>[1], seen: View): string[] {
  return aboutThese(seen, workloads).map(({ id }) => id);
}

function paused(seen: View): void {
  const found = named(seen.live.scaledObjects, "worker");
  Object.assign(found.metadata as object, { annotations: { "autoscaling.keda.sh/paused": "true" } });
}

test("a sound system has no finding", () => {
  expect(idsAbout([API, WORKER], view())).toEqual([]);
});

test("a finding about a workload's autoscaler is the workload's", () => {
  expect(idsAbout([API, WORKER], view(paused))).toEqual(["scaled-object-paused"]);
  expect(idsAbout([WORKER], view(paused))).toEqual(["scaled-object-paused"]);
});

test("what is wrong with other workloads of the namespace is left out", () => {
  expect(idsAbout([API], view(paused))).toEqual([]);
});

test("KEDA matters where a ScaledObject scales, metrics-server where an HPA reads resources", () => {
  const without = view(
    (seen) =>
      (seen.controllers = { kind: "value", value: { crd: undefined, apiServices: [], services: [], deployments: [] } }),
  );
  expect(idsAbout([WORKER], without)).toContain("keda-missing");
  expect(idsAbout([API], without)).toContain("metrics-server-missing");
  expect(idsAbout([API], without)).not.toContain("keda-missing");
});
