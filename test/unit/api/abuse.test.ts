import { once } from "node:events";
import { connect } from "node:net";
import { attempt } from "../../../loadtest/abuse/attempt.ts";
import { SENDS } from "../../../loadtest/abuse/kinds.ts";
import { abuseKinds, REFUSALS } from "../../../loadtest/model/abuse.ts";
import { listenApi } from "../../../src/api/server.ts";
import { startTestApi, type TestApi } from "./testApi.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.server.close());

test.each(abuseKinds)("%s requests are refused, each by a status for it", async (kind) => {
  const at = { host: "127.0.0.1", port: api.server.port };
  const statuses = await Promise.all(SENDS[kind].map((send) => attempt(at, send, { held: false }).answer));
  expect(statuses.filter((status) => status === null || !REFUSALS[kind].includes(status))).toEqual([]);
});

test("connections beyond the limit are closed at once, and those that are there are served", async () => {
  const server = await listenApi(0, (_request, response) => response.end("here"), { maxConnections: 1 });
  const at = { host: "127.0.0.1", port: server.port };
  const [hold] = SENDS.held;
  if (hold === undefined) throw new Error("nothing is held");
  const first = connect(at).on("error", () => undefined);
  await once(first, "connect");
  expect(await attempt(at, hold, { held: false }).answer).toBeNull();
  hold(first);
  const [answer] = (await once(first, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  first.destroy();
  await server.close();
});
