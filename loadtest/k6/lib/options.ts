import http from "k6/http";

/** A load whose requests failed is not the load that was declared. */
export const noFailures = {
  http_req_failed: [{ threshold: "rate==0" }],
  checks: [{ threshold: "rate==1" }],
};

/** For a request in setup() that asks whether the target is up: no answer of it counts as a failed request. */
export const probe = { responseCallback: http.expectedStatuses({ min: 100, max: 599 }), timeout: "10s" };
