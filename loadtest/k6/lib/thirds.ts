import exec from "k6/execution";

/** A threshold is what makes k6 keep a metric by tag; these always hold. */
export const byThirds = {
  "http_req_duration{third:1}": [{ threshold: "max>=0" }],
  "http_req_duration{third:2}": [{ threshold: "max>=0" }],
  "http_req_duration{third:3}": [{ threshold: "max>=0" }],
};

/** The tag of a request by the third of the load that it is in. */
export function third(seconds: number): { third: string } {
  const share = (Date.now() - exec.scenario.startTime) / (seconds * 1000);
  return { third: String(Math.min(3, 1 + Math.floor(share * 3))) };
}
