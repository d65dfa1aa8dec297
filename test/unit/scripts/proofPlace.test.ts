import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CliError } from "../../../scripts/process/cliError.ts";
import { placeNamed } from "../../../scripts/proof/proofCluster.ts";

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
  ["dev's, where nobody says", "other", undefined, "orders-dev"],
])("the namespace is %s", async (_, context, named, namespace) => {
  const place = await placeNamed({ context, namespace: named });
  expect([place.kubeConfig.getCurrentContext(), place.namespace]).toEqual([context, namespace]);
  // Nothing but the API server is at hand there.
  expect(place.access).toEqual({ forwardsPorts: true, execsIntoPods: true });
});

test("a context that is not there is told, with those that are", async () => {
  const placed = placeNamed({ context: "nowhere", namespace: undefined });
  await expect(placed).rejects.toThrow(CliError);
  await expect(placed).rejects.toMatchObject({
    message: `there is no context "nowhere" in ${join(folder, "kubeconfig")}`,
    fix: "it has shop, other",
  });
});

test("so is a kubeconfig that is not there", async () => {
  process.env.KUBECONFIG = join(folder, "missing");
  await expect(placeNamed({ context: "shop", namespace: undefined })).rejects.toThrow(
    /the kubeconfig .*missing cannot be read: .*ENOENT/,
  );
});
