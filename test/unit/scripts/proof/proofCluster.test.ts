import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CliError } from "../../../../scripts/process/cliError.ts";
import type { Cluster } from "../../../../scripts/cluster/provider.ts";
import { attachToCluster } from "../../../e2e/cluster.ts";
import { namedProofCluster } from "../../../../scripts/proof/proofCluster.ts";

let folder: string;
const before = process.env.KUBECONFIG;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-place-"));
  await writeFile(
    join(folder, "kubeconfig"),
    stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "other",
      clusters: [{ name: "one", cluster: { server: "https://one.example" } }],
      users: [{ name: "me", user: {} }],
      contexts: [
        { name: "shop", context: { cluster: "one", user: "me", namespace: "shop" } },
        { name: "other", context: { cluster: "one", user: "me" } },
      ],
    }),
  );
});
beforeEach(() => {
  process.env.KUBECONFIG = join(folder, "kubeconfig");
});
afterAll(async () => {
  if (before === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = before;
  await rm(folder, { recursive: true });
});

test.each([
  ["the context's own", "shop", undefined, "shop"],
  ["the one that is named", "shop", "orders", "orders"],
  ["dev's, where none is named", "other", undefined, "orders-dev"],
])("the namespace is %s", async (_, context, named, namespace) => {
  const place = await namedProofCluster({ context, namespace: named });
  expect([place.kubeConfig.getCurrentContext(), place.namespace]).toEqual([context, namespace]);
  // Nothing but the API server is at hand there.
  expect(place.access).toEqual({ forwardsPorts: true, execsIntoPods: true });
});

test("the negative controls dial Services as their cluster's provider does, and not by ClusterIP", async () => {
  const dialled: unknown[] = [];
  const forwarded = { host: "127.0.0.1", port: 40_001, close: () => Promise.resolve() };
  const cluster = {
    kubeconfig: join(folder, "kubeconfig"),
    dialService: (...service: unknown[]) => {
      dialled.push(service);
      return Promise.resolve(forwarded);
    },
  };
  const { reach, kubeConfig } = await attachToCluster({ attach: () => Promise.resolve(cluster as unknown as Cluster) });
  expect(await reach("servicebus-emulator", 443)).toBe(forwarded);
  expect(dialled).toEqual([["orders-dev", "servicebus-emulator", 443]]);
  expect(kubeConfig.getCurrentCluster()?.server).toBe("https://one.example");
});

test("an unknown context is rejected with the known ones", async () => {
  const placed = namedProofCluster({ context: "nowhere", namespace: undefined });
  await expect(placed).rejects.toThrow(CliError);
  await expect(placed).rejects.toMatchObject({
    message: `there is no context "nowhere" in ${join(folder, "kubeconfig")}`,
    fix: "it has shop, other",
  });
});

test("a missing kubeconfig is rejected with its path", async () => {
  process.env.KUBECONFIG = join(folder, "missing");
  await expect(namedProofCluster({ context: "shop", namespace: undefined })).rejects.toThrow(
    /the kubeconfig .*missing cannot be read: .*ENOENT/,
  );
});
