import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEmulatorEnvironment } from "../../../src/servicebus-emulator/environment.ts";
import { EnvironmentError } from "../../../src/shared/environment.ts";

let directory: string;
let files: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ownsignal-environment-"));
  files = {
    EMULATOR_KEYS_FILE: file("keys.json", `[{"name":"api","key":"secret text","rights":["Send"]}]`),
    EMULATOR_TLS_CERT_FILE: file("tls.crt", "certificate"),
    EMULATOR_TLS_KEY_FILE: file("tls.key", "key"),
  };
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

it("has the defaults of the cluster", () => {
  expect(readEmulatorEnvironment(files)).toMatchObject({
    AMQP_PORT: 5672,
    HTTPS_PORT: 8443,
    METRICS_PORT: 9464,
    EMULATOR_QUEUES: ["orders"],
    EMULATOR_LOCK_DURATION_MS: 60_000,
    EMULATOR_MAX_DELIVERY_COUNT: 10,
    keys: [{ name: "api", key: "secret text", rights: ["Send"] }],
    tls: { cert: "certificate", key: "key" },
  });
});

it("takes several queues", () => {
  expect(readEmulatorEnvironment({ ...files, EMULATOR_QUEUES: "a, b/c" }).EMULATOR_QUEUES).toEqual(["a", "b/c"]);
});

it.each([
  ["a queue without a name", { EMULATOR_QUEUES: "a,,b" }, /EMULATOR_QUEUES.*separated by commas/],
  ["a queue in a reserved place", { EMULATOR_QUEUES: "$cbs" }, /EMULATOR_QUEUES/],
  ["two queues that differ in case only", { EMULATOR_QUEUES: "a,A" }, /EMULATOR_QUEUES.*once/],
  ["a lock that lasts too long", { EMULATOR_LOCK_DURATION_MS: "300001" }, /EMULATOR_LOCK_DURATION_MS/],
  [
    "a file that is not there",
    { EMULATOR_TLS_KEY_FILE: "/nowhere/tls.key" },
    /EMULATOR_TLS_KEY_FILE: cannot read \/nowhere\/tls.key/,
  ],
])("refuses %s", (_, more, reason) => {
  expect(() => readEmulatorEnvironment({ ...files, ...more })).toThrow(EnvironmentError);
  expect(() => readEmulatorEnvironment({ ...files, ...more })).toThrow(reason);
});

it.each([
  ["no JSON", `secret text`, /is not JSON/],
  ["an unknown right", `[{"name":"api","key":"secret text","rights":["Receive"]}]`, /0\.rights\.0/],
  ["no key at all", `[]`, /not usable/],
])("refuses a keys file with %s, without showing what is in it", (_, content, reason) => {
  const given = { ...files, EMULATOR_KEYS_FILE: file("bad.json", content) };
  expect(() => readEmulatorEnvironment(given)).toThrow(reason);
  expect(() => readEmulatorEnvironment(given)).not.toThrow(/secret text/);
});
