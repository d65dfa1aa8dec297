import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readEnvironment } from "../../src/shared/environment.ts";
import { redisEnvironment } from "../../src/shared/redis.ts";
import * as z from "zod";
import {
  container,
  containers,
  environment,
  existing,
  ofKind,
  workload,
  type Manifest,
} from "../../scripts/manifests/manifest.ts";
import { secretsAskedFor } from "./support/references.ts";
import { render } from "../support/render.ts";

const OVERLAY = "kustomize/overlays/azure";
const ROOT = resolve(import.meta.dirname, "../..");

/** Marks what is left to set: a name, or a client id. */
const PLACEHOLDER = /replace-me|00000000-0000-0000-0000-000000000000/;

const VALUES: Record<string, string> = {
  servicebusNamespace: "shopbus",
  keyVault: "shop-vault",
  tenantId: "11111111-1111-1111-1111-111111111111",
  apiClientId: "22222222-2222-2222-2222-222222222222",
  workerClientId: "33333333-3333-3333-3333-333333333333",
  kedaClientId: "44444444-4444-4444-4444-444444444444",
};

/** The overlay as it is rendered with values of one's own, in a copy. */
function renderWith(values: string): Manifest[] {
  const copy = mkdtempSync(join(tmpdir(), "ownsignal-azure-"));
  try {
    cpSync(join(ROOT, "kustomize"), join(copy, "kustomize"), { recursive: true });
    writeFileSync(join(copy, OVERLAY, "values.env"), values);
    const file = join(copy, OVERLAY, "kustomization.yaml");
    const images = readFileSync(file, "utf8")
      .replaceAll("replace-me.azurecr.io", "shop.example")
      .replaceAll("newTag: replace-me", 'newTag: "1.0.0"');
    writeFileSync(file, images);
    return render(join(copy, OVERLAY));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const given = Object.entries(VALUES).map(([name, value]) => `${name}=${value}`);
const objects = renderWith(given.join("\n"));

test("every value to replace is in values.env, and marked", () => {
  const lines = readFileSync(join(ROOT, OVERLAY, "values.env"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.map((line) => line.split("=")[0])).toEqual(Object.keys(VALUES));
  for (const line of lines) expect(line).toMatch(PLACEHOLDER);
});

test("no placeholder is left when all values are set", () => {
  expect(JSON.stringify(objects)).not.toMatch(PLACEHOLDER);
});

test("each value is rendered at its place", () => {
  const clientId = (name: string): string | undefined =>
    objects.find(({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === name)?.metadata.annotations?.[
      "azure.workload.identity/client-id"
    ];
  const [scaledObject] = ofKind(objects, "ScaledObject");
  const [authentication] = ofKind(objects, "TriggerAuthentication");
  expect({
    api: clientId("api"),
    worker: clientId("worker"),
    keda: authentication?.spec,
    // KEDA puts the domain behind it, the SDK does not.
    scaler: scaledObject?.spec.triggers[0]?.metadata.namespace,
    buses: ["api", "worker"].map(
      (name) => environment(objects, container(workload(objects, name), name)).SERVICEBUS_NAMESPACE,
    ),
    vaults: ofKind(objects, "SecretProviderClass").map(({ metadata, spec: { parameters } }) => [
      metadata.name,
      parameters.clientID,
      parameters.tenantId,
      parameters.keyvaultName,
    ]),
    images: ["api", "worker"].flatMap((name) =>
      containers(workload(objects, name).spec.template.spec).map(({ image }) => image),
    ),
  }).toEqual({
    api: VALUES.apiClientId,
    worker: VALUES.workerClientId,
    keda: { podIdentity: { provider: "azure-workload", identityId: VALUES.kedaClientId } },
    scaler: "shopbus",
    buses: ["shopbus.servicebus.windows.net", "shopbus.servicebus.windows.net"],
    vaults: [
      ["redis-url-api", VALUES.apiClientId, VALUES.tenantId, "shop-vault"],
      ["redis-url-worker", VALUES.workerClientId, VALUES.tenantId, "shop-vault"],
    ],
    images: [
      "shop.example/ownsignal/validator:1.0.0",
      "shop.example/ownsignal/api:1.0.0",
      "shop.example/ownsignal/worker:1.0.0",
    ],
  });
});

test.each(given)("the overlay does not render without %s", (left) => {
  const values = given.filter((line) => line !== left).join("\n");
  expect(() => renderWith(values)).toThrow(`data.${existing(left.split("=")[0], "name")}`);
});

test("no workload has a key for the bus", () => {
  const text = JSON.stringify(objects);
  expect(text).not.toContain("SERVICEBUS_CONNECTION_STRING");
  expect(secretsAskedFor(objects)).toEqual(["api redis-url-api", "worker redis-url-worker"]);
});

test("tokens for Entra are projected into the pods that use them", () => {
  for (const name of ["api", "worker"]) {
    expect(workload(objects, name).spec.template.metadata.labels?.["azure.workload.identity/use"]).toBe("true");
  }
});

test("the address of Redis comes from Key Vault, through the Secret of the mounted volume", () => {
  for (const name of ["api", "worker"]) {
    const [volume] = (workload(objects, name).spec.template.spec.volumes ?? []).filter(({ csi }) => csi !== undefined);
    const mounts = container(workload(objects, name), name).volumeMounts ?? [];
    // Without the mount the driver makes no Secret.
    expect(mounts.map((mount) => mount.name)).toContain(volume?.name);
    const providerClass = ofKind(objects, "SecretProviderClass").find(
      ({ metadata }) => metadata.name === volume?.csi?.volumeAttributes?.secretProviderClass,
    );
    const [made] = existing(providerClass, `SecretProviderClass of ${name}`).spec.secretObjects;
    expect(environment(objects, container(workload(objects, name), name)).REDIS_URL).toBe(
      `secret ${made?.secretName ?? ""}/${made?.data[0]?.key ?? ""}`,
    );
    expect(providerClass?.spec.parameters.objects).toContain(`objectName: ${made?.data[0]?.objectName ?? ""}\n`);
  }
  // What README.md says to put there is what the services take.
  const REDIS_URL = "rediss://:a%2Bkey%3D@shop.region.redis.azure.net:10000";
  expect(readEnvironment(z.object(redisEnvironment), { REDIS_URL })).toEqual({ REDIS_URL });
});

test("the overlay has no Redis of its own", () => {
  expect(objects.filter(({ metadata }) => metadata.labels?.service === "cache")).toEqual([]);
});

test("the API has two replicas or more, in two zones or more", () => {
  expect(ofKind(objects, "HorizontalPodAutoscaler").map(({ spec }) => spec.minReplicas)).toEqual([2]);
  const [zones] = workload(objects, "api").spec.template.spec.topologySpreadConstraints ?? [];
  expect(zones).toMatchObject({
    topologyKey: "topology.kubernetes.io/zone",
    minDomains: 2,
    whenUnsatisfiable: "DoNotSchedule",
  });
});

test("stabilization windows and cooldowns suit production traffic", () => {
  const [scaler] = ofKind(objects, "ScaledObject");
  const [hpa] = ofKind(objects, "HorizontalPodAutoscaler");
  expect([
    scaler?.spec.cooldownPeriod,
    scaler?.spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleDown?.stabilizationWindowSeconds,
    hpa?.spec.behavior?.scaleDown?.stabilizationWindowSeconds,
  ]).toEqual([300, 300, 300]);
});
