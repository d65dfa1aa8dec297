import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { localhostCertificate } from "../../support/certificate.ts";
import { KEYS, startTestBus } from "../support/testBus.ts";

/**
 * Runs the Java administration client, which dials port 443 whatever its connection string says, against an emulator on 443 and 5672:
 * `port443.ts FOLDER CLASSPATH`, in a network namespace where these ports are free.
 */

const run = promisify(execFile);

const [folder = "", classpath = ""] = process.argv.slice(2);
const bus = await startTestBus({ amqpPort: 5672, httpsPort: 443 });
try {
  const [authority, trusted, password] = [join(folder, "ca.crt"), join(folder, "trusted.p12"), "changeit"];
  writeFileSync(authority, (await localhostCertificate()).authority);
  rmSync(trusted, { force: true });
  const store = ["-keystore", trusted, "-storetype", "PKCS12", "-storepass", password];
  await run("keytool", ["-importcert", "-noprompt", "-alias", "emulator", "-file", authority, ...store]);
  const trust = [`-Djavax.net.ssl.trustStore=${trusted}`, `-Djavax.net.ssl.trustStorePassword=${password}`];
  const connection = `Endpoint=sb://localhost;SharedAccessKeyName=all;SharedAccessKey=${KEYS[0].key};UseDevelopmentEmulator=true`;
  const env = { ...process.env, BUS_ADMIN: connection };
  process.stdout.write(
    (await run("java", [...trust, "-cp", classpath, "Administration"], { cwd: folder, env })).stdout,
  );
} finally {
  await bus.close();
}
