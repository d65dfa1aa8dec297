import { run } from "../../scripts/process/command.ts";
import { command, deployDev, INTERRUPTED, interrupted, labelled, requireEmbedded } from "./cluster.ts";
import { listOf } from "./foreignKeda.ts";

const OURS = "app.kubernetes.io/managed-by=ownsignal";
const KINDS =
  "deployments,statefulsets,services,configmaps,secrets,clusterroles,clusterrolebindings,customresourcedefinitions,apiservices,namespaces";

/** Of somebody else: one that needs KEDA, in a namespace of its own, and one in the deployment's namespace. */
const NEEDS_KEDA = {
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "theirs", namespace: "theirs" },
  spec: {
    scaleTargetRef: { name: "theirs" },
    triggers: [
      { type: "cron", metadata: { timezone: "UTC", start: "0 0 * * *", end: "1 0 * * *", desiredReplicas: "1" } },
    ],
  },
};
const IN_THE_WAY = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "theirs", namespace: "orders-dev" },
  data: { kept: "yes" },
};

beforeAll(async () => {
  await requireEmbedded();
  expect(await command("up", "embedded")).toMatchObject({ exitCode: 0 });
  await deployDev();
  await run("kubectl", ["create", "namespace", "theirs"]);
});

afterAll(async () => {
  await run("kubectl", ["delete", "namespace", "theirs", "--ignore-not-found", "--timeout=120s"]);
  expect((await command("up", "embedded")).said).toContain("The cluster is ready");
});

test("without --yes the removal says what it would delete, and deletes nothing", async () => {
  const before = await labelled(KINDS, OURS);
  const pods = await run("kubectl", ["-n", "orders-dev", "get", "pods", "-o", "name"]);
  const { exitCode, said } = await command("down", "existing");
  expect(said).toContain("To be deleted:");
  expect(said).toContain("  Deployment keda/keda-operator\n");
  expect(said).toContain("  PersistentVolumeClaim orders-dev/data-cache-0\n");
  expect(said).toContain("Nothing was deleted.");
  expect(exitCode).toBe(0);
  expect(await labelled(KINDS, OURS)).toEqual(before);
  expect(await run("kubectl", ["-n", "orders-dev", "get", "pods", "-o", "name"])).toBe(pods);
});

test("what others need and what others made stays, and is named", async () => {
  await run("kubectl", ["create", "-f", "-"], { input: listOf([NEEDS_KEDA, IN_THE_WAY]) });
  const { exitCode, said } = await command("down", "existing", "--yes");
  expect(said).toContain("Stays: KEDA, since others' objects need it:\n  ScaledObject theirs/theirs\n");
  expect(said).toContain(
    "Stays: Namespace orders-dev, since others' objects are in it:\n  ConfigMap orders-dev/theirs\n",
  );
  expect(exitCode).toBe(0);
  expect(await run("kubectl", ["-n", "orders-dev", "get", "configmap", "theirs", "-o", "jsonpath={.data.kept}"])).toBe(
    "yes",
  );
  await run("kubectl", ["-n", "keda", "rollout", "status", "deployment/keda-operator", "--timeout=60s"]);
  const left = "all,secrets,persistentvolumeclaims,scaledobjects.keda.sh,networkpolicies";
  expect(await run("kubectl", ["-n", "orders-dev", "get", left, "-l", "app=ownsignal", "-o", "name"])).toBe("");
});

test("interrupted and repeated, the removal leaves nothing of this project's", async () => {
  await run("kubectl", ["delete", "--timeout=120s", "-f", "-"], { input: listOf([NEEDS_KEDA, IN_THE_WAY]) });
  expect(await command("up", "embedded")).toMatchObject({ exitCode: 0 });
  await deployDev();
  for (const at of ["==> deleting the deployment", "==> deleting KEDA and metrics-server"]) {
    expect((await interrupted(at, "down", "existing", "--yes")).exitCode).toBe(INTERRUPTED);
  }
  expect(await command("down", "existing", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await labelled(KINDS, OURS)).toEqual([]);
  expect(await labelled("namespaces,deployments,statefulsets", "app=ownsignal")).toEqual([]);
  expect(await run("kubectl", ["get", "namespace", "keda", "orders-dev", "--ignore-not-found"])).toBe("");
  expect(await run("kubectl", ["get", "crds", "-o", "name"])).not.toContain("keda");
  const again = await command("down", "existing", "--yes");
  expect(again.said).toContain("Nothing of this project's is on the cluster.");
  expect(again.exitCode).toBe(0);
});
