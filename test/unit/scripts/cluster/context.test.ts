import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachToContext } from "../../../../scripts/cluster/context.ts";
import { kubeConfigOf } from "../../../../scripts/cluster/kubeConfig.ts";

let folder: string;
let apiServer: Server;
let status: number;
const before = process.env.KUBECONFIG;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-context-"));
  apiServer = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(apiServer, "listening");
  const { port } = apiServer.address() as AddressInfo;
  process.env.KUBECONFIG = join(folder, "kubeconfig");
  const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
  writeFileSync(
    process.env.KUBECONFIG,
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "here", users: [{ name: "me", user: {} }] },
      clusters: [{ name: "one", cluster }],
      contexts: ["here", "there"].map((name) => ({ name, context: { cluster: "one", user: "me" } })),
    }),
  );
});
afterEach(() => {
  if (before === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = before;
  apiServer.close();
  apiServer.closeAllConnections();
  rmSync(folder, { recursive: true });
});

test.each([200, 403])(
  "a cluster that answers %d is there, at the context that was named or is current",
  async (code) => {
    status = code;
    for (const [named, context] of [
      [undefined, "here"],
      ["there", "there"],
    ] as const) {
      const cluster = await attachToContext(named);
      expect([cluster.context, kubeConfigOf(cluster).getCurrentContext()]).toEqual([context, context]);
    }
  },
);

test.each([
  [401, /^log in again/],
  [500, /^choose another/],
])("one that answers %d is refused in a line", async (code, fix) => {
  status = code;
  await expect(attachToContext(undefined)).rejects.toMatchObject({
    message: `the API server of context here answers ${code} when it is asked for its version`,
    fix: expect.stringMatching(fix) as string,
  });
});

test("one that does not answer, and a kubeconfig without a current context, are refused", async () => {
  apiServer.close();
  await expect(attachToContext(undefined)).rejects.toThrow(/^the cluster of context here does not answer: /);
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify({ apiVersion: "v1", kind: "Config", contexts: [] }));
  await expect(attachToContext(undefined)).rejects.toThrow(/kubeconfig has no current context$/);
});
