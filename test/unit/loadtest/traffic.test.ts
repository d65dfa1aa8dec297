import { noTraffic } from "../../../loadtest/assertions/traffic.ts";
import { value } from "./fixtures.ts";

describe("no traffic", () => {
  test("passes without any, by the workload's own counter", () => {
    expect(noTraffic("api", value({ counted: 0, scrapes: 12 }))).toMatchObject({
      ...{ id: "no-traffic", subject: "api", status: "pass" },
      measured: { counted: 0, scrapes: 12 },
    });
    expect(noTraffic("shop", value({ counted: 0, scrapes: null }))).toMatchObject({
      status: "pass",
      measured: { counted: 0, scrapes: null },
    });
  });

  test("fails from the first request or message on", () => {
    expect(noTraffic("api", value({ counted: 1, scrapes: 12 }))).toMatchObject({
      status: "fail",
      causes: [{ id: "traffic-reached-workload", subject: "api" }],
    });
  });

  test("is inconclusive where the counter could not be read", () => {
    expect(noTraffic("api", { kind: "gap", error: "connect ECONNREFUSED" })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "counters-unreadable", params: { error: "connect ECONNREFUSED" } }],
    });
    expect(noTraffic("api", { kind: "absent" })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "prometheus-missing" }],
    });
  });
});
