import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startJob } from "../../../loadtest/engine/loads/job.ts";
import type { RunningLoad } from "../../../loadtest/engine/loads/running.ts";
import { kubeConfigFor } from "./fakeApiServer.ts";

const MANIFEST = `
apiVersion: batch/v1
kind: Job
metadata: { name: fill, labels: { app: load } }
spec: { template: { spec: { containers: [{ name: fill, image: busybox }], restartPolicy: Never } } }
`;
const JOBS = "/apis/batch/v1/namespaces/shop/jobs";

let folder: string;
let server: Server;
/** What was asked, in order. */
let asked: string[];
let created: { metadata: { name?: string; generateName?: string; labels?: object } } | undefined;
/** What the Job's status says, and its pod's log. */
let conditions: { type: string; status: string }[];
let log: string;
let refuses: boolean;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-job-"));
  await writeFile(join(folder, "job.yaml"), MANIFEST);
  server = createServer((request, response) => {
    const url = request.url ?? "";
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push(`${request.method ?? ""} ${url.replace(/\?.*/, "")}`);
      if (request.method === "POST") created = JSON.parse(body) as typeof created;
      const answer = (code: number, content: unknown, type = "application/json"): void => {
        response.writeHead(code, { "content-type": type });
        response.end(typeof content === "string" ? content : JSON.stringify(content));
      };
      if (refuses) answer(403, { kind: "Status", code: 403, message: "jobs is forbidden" });
      else if (url.includes("/log")) answer(200, log, "text/plain");
      else if (url.includes("/pods")) answer(200, { items: [{ metadata: { name: "fill-x-pod" } }] });
      else answer(200, { metadata: { name: "fill-x" }, status: { conditions } });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  created = undefined;
  conditions = [{ type: "Complete", status: "True" }];
  log = "sending\ndelivered 40\n";
  refuses = false;
});

const start = (timeoutSeconds = 30): RunningLoad =>
  startJob({
    kubeConfig: kubeConfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ...{ manifest: join(folder, "job.yaml"), namespace: "shop", name: "load", outDir: folder, timeoutSeconds },
  });

test("a Job is created under a name of its own, has delivered what its log says, and is deleted", async () => {
  const load = start();
  expect(await load.result).toMatchObject({ kind: "ran", counts: { iterations: 40 } });
  expect(created?.metadata).toMatchObject({ generateName: "fill-", labels: { app: "load" } });
  expect(created?.metadata.name).toBeUndefined();
  expect(asked.at(-1)).toBe(`DELETE ${JOBS}/fill-x`);
  expect(await readFile(load.outputFile, "utf8")).toContain("delivered 40");
});

test("one that failed broke, with its log's last line, and is deleted", async () => {
  conditions = [{ type: "Failed", status: "True" }];
  log = "no such queue";
  expect(await start().result).toMatchObject({ kind: "broke", reason: "Job fill-x failed: no such queue" });
  expect(asked.at(-1)).toBe(`DELETE ${JOBS}/fill-x`);
});

test("one that does not say what it delivered broke: no count is no zero", async () => {
  log = "sent it all";
  expect(await start().result).toMatchObject({
    kind: "broke",
    reason: expect.stringContaining('no line "delivered N"') as string,
  });
});

test("one that never ends is stopped after its time, and is deleted", async () => {
  conditions = [];
  expect(await start(0.3).result).toMatchObject({
    kind: "broke",
    reason: "Job fill-x was stopped: it had not ended after 0.3 s",
  });
  expect(asked.at(-1)).toBe(`DELETE ${JOBS}/fill-x`);
});

test("one that is stopped says why", async () => {
  conditions = [];
  const load = start();
  while (created === undefined) await new Promise((wake) => setTimeout(wake, 10));
  load.stop("the proof was interrupted");
  expect(await load.result).toMatchObject({ reason: "Job fill-x was stopped: the proof was interrupted" });
});

test("one that may not be created broke, and nothing is deleted", async () => {
  refuses = true;
  expect(await start().result).toMatchObject({
    kind: "broke",
    reason: expect.stringMatching(/^the Job could not be created: jobs is forbidden$/) as string,
  });
  expect(asked).toEqual([`POST ${JOBS}`]);
});
