import { advanceTo, newAgenda } from "../../../../loadtest/simulator/agenda.ts";
import { knownUsage, newMetricsServer } from "../../../../loadtest/simulator/metricsServer.ts";
import { newDeployment } from "../../../../loadtest/simulator/pods.ts";

const TEMPLATE = { containers: [], createMillis: 100, startMillis: 1000, readyMillis: 1000, goneMillis: 1000 };

/** What is told of a pod at so many seconds, of scrapes at 7, 22, 37 s; it uses 300 of CPU and of memory from 16 s on, and nothing before. */
function told(looksPerScrape: number, atSeconds: number): readonly (number | undefined)[] {
  const agenda = newAgenda();
  const deployment = newDeployment(agenda, TEMPLATE, 1);
  const server = newMetricsServer(
    deployment,
    7000,
    () => {
      const value = agenda.nowMillis >= 16_000 ? 300 : 0;
      return new Map([
        [
          "api",
          new Map([
            ["cpu", value],
            ["memory", value],
          ]),
        ],
      ]);
    },
    looksPerScrape,
  );
  advanceTo(agenda, atSeconds * 1000);
  return knownUsage(server, deployment).flatMap(({ containers }) =>
    ["cpu", "memory"].map((one) => containers.get("api")?.get(one)),
  );
}

test.each([
  // Looks at 1, 4, 7 s, then every 3 s: of 10, 13, 16, 19, 22 s three are under load.
  [5, 8, [0, 0]],
  [5, 21, [0, 0]],
  [5, 23, [180, 300]],
  [5, 38, [300, 300]],
  [1, 23, [300, 300]],
  [1, 6, []],
])("with %i looks from scrape to scrape CPU is their mean and memory the last one, at %i s: %j", (looks, at, usage) => {
  expect(told(looks, at)).toEqual(usage);
});
