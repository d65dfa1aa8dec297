import { apiUrl } from "../../../loadtest/targets/orders/apiUrl.ts";

const endpoint = { host: "10.0.0.7", port: 80, close: (): void => undefined };

test("an API with an address gets the load", () => {
  expect(apiUrl(endpoint)).toBe("http://10.0.0.7:80");
});

test("an API behind a port-forward gets no load of requests: what fails would be the forward's doing", () => {
  expect(() => apiUrl({ ...endpoint, isForwarded: true })).toThrow(/port-forward.*cannot carry.*load balancer/);
});
