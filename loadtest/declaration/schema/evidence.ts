import * as z from "zod";
import { serviceAddress } from "./address.ts";
import { explained } from "./explained.ts";
import { command, text } from "./scalars.ts";

const query = explained(z.string().min(1), {
  what: "a PromQL query as a text",
  example: "'sum(increase(errors_total[$window]))'",
}).describe("PromQL with one value as its result; $window is the time from the load's start to the scenario's end");

const bound = explained(z.number(), { what: "a number", example: "0" });

const named = { name: text.describe("what the report calls it, unique"), query };

export const mustHold = explained(
  z.union([
    z.strictObject({ ...named, atMost: bound.describe("the result must not be above it") }),
    z.strictObject({ ...named, atLeast: bound.describe("the result must not be below it") }),
  ]),
  {
    what: "a query with its bound",
    example: "{ name: no errors, query: 'sum(increase(errors_total[$window]))', atMost: 0 }",
    exactlyOne: ["atMost", "atLeast"],
  },
);

const queries = {
  mustHold: explained(z.array(mustHold), {
    what: "a list of queries with their bounds",
    example: "[{ name: no errors, query: 'sum(increase(errors_total[$window]))', atMost: 0 }]",
  })
    .optional()
    .describe("queries whose result is bounded, asked at the end of each scenario"),
  mustNotRise: explained(z.record(z.string(), query), {
    what: "a map of workloads to queries",
    example: "{ web: 'sum(increase(http_requests_total[$window]))' }",
  })
    .optional()
    .describe("by workload: what must be 0 in each scenario in which the workload must not scale"),
};

const url = explained(z.url({ protocol: /^https?$/ }), {
  what: "an http or https URL",
  example: "https://prometheus.example.org",
});

export const prometheus = explained(
  z.union([
    z.strictObject({
      address: serviceAddress.describe("the Service of Prometheus; default scheme http"),
      ...queries,
    }),
    z.strictObject({ url: url.describe("where Prometheus is reached from here"), ...queries }),
  ]),
  {
    what: "a Prometheus",
    example: "{ address: { service: prometheus, port: 9090 } }",
    exactlyOne: ["address", "url"],
  },
);

export const ledger = explained(
  z.strictObject({
    accepted: command.describe("prints the id of everything that was accepted, one a line"),
    finished: command.describe("prints the id of everything that was finished, one a line"),
  }),
  { what: "a ledger", example: "{ accepted: [sh, accepted.sh], finished: [sh, finished.sh] }" },
);

export const evidence = explained(
  z.strictObject({
    ledger: ledger.optional().describe("two commands, run in this file's folder, that account for what was accepted"),
    prometheus: prometheus.optional().describe("queries that must hold"),
  }),
  { what: "evidence", example: "{ ledger: { accepted: [sh, accepted.sh], finished: [sh, finished.sh] } }" },
);
