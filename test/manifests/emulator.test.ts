import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readEmulatorEnvironment, type EmulatorEnvironment } from "../../src/servicebus-emulator/environment.ts";
import { localhostCertificate } from "../support/certificate.ts";
import { broken, container, environment, existing, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "./support/render.ts";

const NAME = "servicebus-emulator";
const objects = render("kustomize/overlays/dev");

let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "ownsignal-manifests-"));
  const { certificate, key } = await localhostCertificate();
  writeFileSync(join(directory, "keys.json"), `[{"name":"k","key":"k","rights":["Manage"]}]`);
  writeFileSync(join(directory, "tls.crt"), certificate);
  writeFileSync(join(directory, "tls.key"), key);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function given(them: readonly Manifest[]): Record<string, string> {
  return environment(them, container(workload(them, NAME), NAME));
}

/** Where a volume is mounted in the emulator's container. */
function mountOf(them: readonly Manifest[], volume: string): string {
  const mounts = container(workload(them, NAME), NAME).volumeMounts ?? [];
  return existing(
    mounts.find(({ name }) => name === volume),
    `mount of ${volume}`,
  ).mountPath;
}

/** What the emulator reads in its pod: ConfigMaps as rendered, and files in place of what Secrets hold. */
function readInPod(them: readonly Manifest[]): EmulatorEnvironment {
  const { volumes = [] } = workload(them, NAME).spec.template.spec;
  const inPod = { ...given(them) };
  for (const [variable, path] of Object.entries(inPod)) {
    const volume = volumes.find(({ name }) => mountOf(them, name) === dirname(path));
    if (volume === undefined) continue;
    const file = path.slice(dirname(path).length + 1);
    inPod[variable] = join(directory, file);
    if (volume.configMap === undefined) continue;
    const { name } = volume.configMap;
    const map = them.find((object) => object.kind === "ConfigMap" && object.metadata.name === name);
    writeFileSync(join(directory, file), existing(map?.data?.[file], `${file} in ConfigMap ${name}`));
  }
  return readEmulatorEnvironment(inPod);
}

test("starts with what it is given, and is given nothing unknown", () => {
  const known = Object.keys(readInPod(objects));
  expect(Object.keys(given(objects)).filter((variable) => !known.includes(variable))).toEqual([]);
});

test("listens on the ports that it declares", () => {
  const { AMQP_PORT, HTTPS_PORT, METRICS_PORT } = readInPod(objects);
  const ports = container(workload(objects, NAME), NAME).ports ?? [];
  expect(ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
    ["amqp", AMQP_PORT],
    ["https", HTTPS_PORT],
    ["metrics", METRICS_PORT],
  ]);
});

test("does all that its file asks for", () => {
  expect([...readInPod(objects).unsupported]).toEqual([]);
});

test("drops a repeated order, and holds a lock as long as a worker is given to stop", () => {
  const { properties } = existing(readInPod(objects).queues[0], "queue");
  expect(properties).toMatchObject({
    requiresDuplicateDetection: true,
    duplicateDetectionWindowMs: 600_000,
    maxDeliveryCount: 10,
  });
  const graceSeconds = workload(objects, "worker").spec.template.spec.terminationGracePeriodSeconds ?? 0;
  expect(properties.lockDurationMs).toBe(graceSeconds * 1_000);
});

test("keeps its messages on the volume that it claims", () => {
  const [claim] = workload(objects, NAME).spec.volumeClaimTemplates ?? [];
  const { EMULATOR_DATA_FILE = "" } = given(objects);
  expect(dirname(EMULATOR_DATA_FILE)).toBe(mountOf(objects, existing(claim, "claim").metadata.name));
});

test("is seen to be broken: a file that asks for what does not exist", () => {
  const copy = broken(objects, (them) => {
    const map = them.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.startsWith(NAME));
    const data = existing(map?.data, "data of the ConfigMap");
    data["Config.json"] = (data["Config.json"] ?? "").replace("LockDuration", "LockTime");
  });
  expect(() => readInPod(copy)).toThrow(/Properties\.LockTime: is not known/);
});

test("is seen to be broken: a file that is mounted elsewhere", () => {
  const copy = broken(objects, (them) => {
    for (const mount of container(workload(them, NAME), NAME).volumeMounts ?? []) {
      if (mount.name === "config") mount.mountPath = "/elsewhere";
    }
  });
  expect(() => readInPod(copy)).toThrow(/EMULATOR_CONFIG_FILE: cannot read/);
});
