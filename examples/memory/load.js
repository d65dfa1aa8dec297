import http from "k6/http";
import exec from "k6/execution";

// A new connection for each upload, since a Service spreads connections over pods, not requests.
export const options = {
  noConnectionReuse: true,
  scenarios: {
    uploads: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE),
      timeUnit: "1s",
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: 50,
      maxVUs: 100,
    },
  },
};

const CONTENT = "x".repeat(256 * 1024);

export default function () {
  // Each upload has content of its own: podinfo stores equal content once.
  http.post(`${__ENV.BASE_URL}/store`, `${exec.scenario.iterationInTest} ${Date.now()} ${CONTENT}`);
}
