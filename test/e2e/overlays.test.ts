import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { CommandError } from "../../scripts/process/command.ts";
import { secretsStoreDefinitions } from "../../scripts/schemas/schemas.ts";

const OVERLAYS = "kustomize/overlays";
const AZURE = "orders";
const CLASSES = "secretproviderclasses.secrets-store.csi.x-k8s.io";
/** Of what is made here: whoever made it otherwise keeps it. */
const CLEAN_UP_MS = 90_000;

let cluster: Cluster;
const reverts: (() => Promise<unknown>)[] = [];

async function exists(...object: string[]): Promise<boolean> {
  return (await cluster.kubectl(["get", ...object, "--ignore-not-found", "-o", "name"])) !== "";
}

/** What the API server says to an overlay, warnings as errors; nothing is changed. */
function dryRun(overlay: string): Promise<string> {
  return cluster.kubectl(["apply", "--dry-run=server", "--warnings-as-errors", "-k", join(OVERLAYS, overlay)]);
}

beforeAll(async () => {
  cluster = await (await chooseProvider()).attach();
});

/** By the API server's own admission: types, validation in CEL, KEDA's webhook, Pod Security. */
describe("a dry run on the API server accepts, without a warning,", () => {
  test.each(["dev", "dev-grafana"])("overlay %s", async (overlay) => {
    const objects = (await dryRun(overlay)).trim().split("\n");
    expect(objects).toContainEqual(expect.stringMatching(/^scaledobject\S* worker|^scaledobject\S*\/worker/));
    expect(objects.filter((line) => !line.endsWith("(server dry run)"))).toEqual([]);
  });

  describe("overlay azure", () => {
    beforeAll(async () => {
      // A dry run makes no namespace for what comes after it, and no kind.
      if (!(await exists("namespace", AZURE))) {
        const [namespace] = parseAllDocuments(await cluster.kubectl(["kustomize", join(OVERLAYS, "azure")]))
          .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
          .filter(({ kind }) => kind === "Namespace");
        expect(namespace?.metadata.name).toBe(AZURE);
        reverts.push(() => cluster.kubectl(["delete", "namespace", AZURE, "--ignore-not-found"]));
        await cluster.kubectl(["create", "-f", "-"], JSON.stringify(namespace));
      }
      if (!(await exists("crd", CLASSES))) {
        // The driver's own, so that the classes are judged as they would be on AKS.
        const file = join(await secretsStoreDefinitions(), "secrets-store.csi.x-k8s.io_secretproviderclasses.yaml");
        reverts.push(() => cluster.kubectl(["delete", "--ignore-not-found", "-f", file]));
        await cluster.kubectl(["create", "-f", file]);
        await cluster.kubectl(["wait", "--for=condition=Established", `crd/${CLASSES}`, "--timeout=30s"]);
      }
    });

    afterAll(async () => {
      const reverted = await Promise.allSettled(reverts.splice(0).map((one) => one()));
      expect(reverted.filter(({ status }) => status === "rejected")).toEqual([]);
    }, CLEAN_UP_MS);

    test("in its own namespace, its SecretProviderClasses included", async () => {
      const objects = (await dryRun("azure")).trim().split("\n");
      expect(objects.filter((line) => line.startsWith("secretproviderclass"))).toHaveLength(2);
      expect(objects.filter((line) => !line.endsWith("(server dry run)"))).toEqual([]);
    });
  });
});

/** `kubectl diff` leaves with 1 and prints what differs. A field that the API server drops, or that a controller removes, differs for ever. */
test("overlay dev is written as the API server stores it: deployed, it differs in nothing", async () => {
  const overlay = join(OVERLAYS, "dev");
  await cluster.kubectl(["apply", "-k", overlay]);
  expect(await cluster.kubectl(["diff", "-k", overlay])).toBe("");
});

test("a warning would be seen: a container that may be root, by the namespace's label", async () => {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "warned", namespace: "orders-dev" },
    spec: {
      selector: { matchLabels: { app: "warned" } },
      template: {
        metadata: { labels: { app: "warned" } },
        spec: { containers: [{ name: "warned", image: "docker.io/library/warned:none" }] },
      },
    },
  };
  const applied = cluster.kubectl(
    ["apply", "--dry-run=server", "--warnings-as-errors", "-f", "-"],
    JSON.stringify(deployment),
  );
  await expect(applied).rejects.toThrow(CommandError);
  await expect(applied).rejects.toThrow(/Warning: would violate PodSecurity "restricted:latest"/);
});
