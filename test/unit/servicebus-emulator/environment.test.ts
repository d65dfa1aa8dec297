import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerCertificate } from "../../../scripts/setup/certificates.ts";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { readEmulatorEnvironment } from "../../../src/servicebus-emulator/environment.ts";
import { EnvironmentError } from "../../../src/shared/environment.ts";
import { certificateFor, localhostCertificate } from "../../support/certificate.ts";

let directory: string;
let files: Record<string, string>;
let certificate: ServerCertificate;

beforeAll(async () => {
  certificate = await localhostCertificate();
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ownsignal-environment-"));
  files = {
    EMULATOR_KEYS_FILE: file("keys.json", `[{"name":"api","key":"secret text","rights":["Send"]}]`),
    EMULATOR_TLS_CERT_FILE: file("tls.crt", certificate.certificate),
    EMULATOR_TLS_KEY_FILE: file("tls.key", certificate.key),
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

function problems(given: Record<string, string>): readonly string[] {
  try {
    readEmulatorEnvironment(given);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  throw new Error("the environment was taken");
}

it("has the defaults of the cluster", () => {
  const read = readEmulatorEnvironment(files);
  expect(read).toMatchObject({
    AMQP_PORT: 5672,
    HTTPS_PORT: 8443,
    METRICS_PORT: 9464,
    keys: [{ name: "api", key: "secret text", rights: ["Send"] }],
    tls: { cert: certificate.certificate, key: certificate.key },
  });
  expect(read.queues).toEqual([queueDefinition("orders", { lockDurationMs: 60_000, maxDeliveryCount: 10 })]);
  for (const variable of ["AMQPS_PORT", "EMULATOR_HOST", "EMULATOR_DATA_FILE"])
    expect(read).not.toHaveProperty(variable);
});

it("takes several queues, with one lock duration and delivery count", () => {
  const given = { EMULATOR_QUEUES: "a, b/c", EMULATOR_LOCK_DURATION_MS: "5000", EMULATOR_MAX_DELIVERY_COUNT: "2" };
  const properties = { lockDurationMs: 5_000, maxDeliveryCount: 2 };
  expect(readEmulatorEnvironment({ ...files, ...given }).queues).toEqual([
    queueDefinition("a", properties),
    queueDefinition("b/c", properties),
  ]);
});

it("takes queues from a file in the official form", () => {
  const path = file(
    "Config.json",
    `{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"a"}],"Topics":[{"Name":"T"}]}]}}`,
  );
  const { queues, unsupported } = readEmulatorEnvironment({ ...files, EMULATOR_CONFIG_FILE: path });
  expect(queues.map(({ name }) => name)).toEqual(["a"]);
  expect([...unsupported]).toEqual([["t", "topics"]]);
});

it.each([
  ["a queue without a name", { EMULATOR_QUEUES: "a,,b" }, /^EMULATOR_QUEUES\.1: want letters/],
  ["a queue in a reserved place", { EMULATOR_QUEUES: "$cbs" }, /^EMULATOR_QUEUES/],
  ["two queues that differ in case only", { EMULATOR_QUEUES: "a,A" }, /^EMULATOR_QUEUES.*once.*\(got "a,A"\)/],
  ["a lock that lasts too long", { EMULATOR_LOCK_DURATION_MS: "300001" }, /^EMULATOR_LOCK_DURATION_MS/],
  ["a port that is none", { AMQPS_PORT: "65536" }, /^AMQPS_PORT.*65536/],
  [
    "a file that is not there",
    { EMULATOR_TLS_KEY_FILE: "/nowhere/tls.key" },
    /^EMULATOR_TLS_KEY_FILE: cannot read \/nowhere\/tls.key/,
  ],
])("refuses %s", (_, more, reason) => {
  expect(problems({ ...files, ...more })).toEqual([expect.stringMatching(reason)]);
});

it("refuses a certificate with another's key", async () => {
  const other = await certificateFor(["localhost"]);
  expect(problems({ ...files, EMULATOR_TLS_KEY_FILE: file("other.key", other.key) })).toEqual([
    expect.stringMatching(/^EMULATOR_TLS_CERT_FILE, EMULATOR_TLS_KEY_FILE: not usable together/),
  ]);
});

it("refuses what would have no effect beside a configuration file", () => {
  const path = file("Config.json", `{"UserConfig":{"Namespaces":[{"Name":"n","Queues":[{"Name":"q"}]}]}}`);
  const given = { ...files, EMULATOR_CONFIG_FILE: path, EMULATOR_QUEUES: "a", EMULATOR_MAX_DELIVERY_COUNT: "3" };
  expect(problems(given)).toEqual([
    expect.stringMatching(/^EMULATOR_QUEUES: cannot be given beside EMULATOR_CONFIG_FILE/),
    expect.stringMatching(/^EMULATOR_MAX_DELIVERY_COUNT: cannot be given beside EMULATOR_CONFIG_FILE/),
  ]);
});

it("names everything that is wrong at once, in variables and files", () => {
  const given = {
    AMQP_PORT: "-1",
    LOG_LEVEL: "loud",
    EMULATOR_KEYS_FILE: "/nowhere/keys.json",
    EMULATOR_TLS_CERT_FILE: files.EMULATOR_TLS_CERT_FILE ?? "",
    EMULATOR_CONFIG_FILE: file("Config.json", `{"UserConfig":{"Namespaces":[{"Name":"n","Queue":[]}]}}`),
  };
  expect(problems(given)).toEqual([
    expect.stringMatching(/^AMQP_PORT: .*"-1"/),
    expect.stringMatching(/^LOG_LEVEL: .*"loud"/),
    expect.stringMatching(/^EMULATOR_KEYS_FILE: cannot read \/nowhere\/keys.json/),
    expect.stringMatching(/^EMULATOR_CONFIG_FILE: .*Config.json is not usable:/),
    "  UserConfig.Namespaces[0].Queue: is not known, want Queues",
    expect.stringMatching(/^EMULATOR_TLS_CERT_FILE, EMULATOR_TLS_KEY_FILE: want both or neither/),
  ]);
});

it.each([
  ["no JSON", `secret text`, /is not JSON/],
  ["an unknown right", `[{"name":"api","key":"secret text","rights":["Receive"]}]`, /0: rights: 0: /],
  ["no key at all", `[]`, /not usable/],
  [
    "one name twice",
    `[{"name":"a","key":"secret text","rights":["Send"]},{"name":"a","key":"k","rights":["Send"]}]`,
    /want each name once/,
  ],
])("refuses a keys file with %s, without showing what is in it", (_, content, reason) => {
  const found = problems({ ...files, EMULATOR_KEYS_FILE: file("bad.json", content) });
  expect(found).toEqual([expect.stringMatching(reason)]);
  expect(found.join()).not.toContain("secret text");
});

describe("keys and certificates", () => {
  const rest = { EMULATOR_KEYS_FILE: "", EMULATOR_TLS_CERT_FILE: "", EMULATOR_TLS_KEY_FILE: "" };

  it("are not needed where a key is given and administration is in plain HTTP", () => {
    const { keys, tls } = readEmulatorEnvironment({ ...rest, EMULATOR_KEY: "SAS_KEY_VALUE", HTTP_PORT: "5300" });
    expect(keys).toEqual([{ name: "RootManageSharedAccessKey", key: "SAS_KEY_VALUE", rights: ["Manage"] }]);
    expect(tls).toBeUndefined();
  });

  it.each([
    [{ HTTP_PORT: "5300" }, /^EMULATOR_KEYS_FILE, EMULATOR_KEY: want one of them \(got nothing\)/],
    [{ EMULATOR_KEY: "k" }, /^EMULATOR_TLS_CERT_FILE, .* HTTP_PORT: want a certificate, or a port/],
    [{ EMULATOR_KEY: "k", HTTP_PORT: "1", AMQPS_PORT: "2" }, /^AMQPS_PORT: wants EMULATOR_TLS_CERT_FILE/],
  ])("are asked for where they are: %j", (given, problem) => {
    expect(problems({ ...rest, ...given })).toEqual([expect.stringMatching(problem)]);
  });
});
