import http from "k6/http";

// A new connection for each request, since a Service spreads connections over pods, not requests.
export const options = {
  noConnectionReuse: true,
  scenarios: {
    visits: {
      executor: "constant-arrival-rate",
      rate: Number(__ENV.RATE),
      timeUnit: "1s",
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: 50,
      maxVUs: 100,
    },
  },
};

export default function () {
  http.get(`${__ENV.BASE_URL}/api/info`);
}
