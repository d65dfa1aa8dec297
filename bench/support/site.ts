import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificateOnDemand } from "../../scripts/setup/certificateOnDemand.ts";

/** The one key of a site; it may do everything. */
export const KEY = { name: "all", key: "key of all" } as const;

/** A directory with all that an emulator needs to run, and its data. It outlives the process: that is what these tests are about. */
export interface Site {
  readonly directory: string;
  readonly dataFile: string;
  /** PEM of what vouches for the emulator's certificate. */
  readonly authority: string;
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** One for all sites of a process. */
let localhost: ReturnType<typeof makeCertificateOnDemand> | undefined;

/** @param parent where to make the directory: it decides which disk the data is on. */
export async function createSite(options: {
  readonly parent: string;
  readonly queues: readonly string[];
  readonly lockDurationMs?: number;
  readonly maxDeliveryCount?: number;
}): Promise<Site> {
  const { parent, queues, lockDurationMs = 60_000, maxDeliveryCount = 10 } = options;
  const directory = await mkdtemp(join(parent, "ownsignal-emulator-"));
  const { certificate, key, authority } = await (localhost ??= makeCertificateOnDemand(["localhost"]));
  const files = {
    EMULATOR_KEYS_FILE: ["keys.json", JSON.stringify([{ ...KEY, rights: ["Manage"] }])],
    EMULATOR_TLS_CERT_FILE: ["tls.crt", certificate],
    EMULATOR_TLS_KEY_FILE: ["tls.key", key],
  } as const;
  await Promise.all(Object.values(files).map(([name, content]) => writeFile(join(directory, name), content)));
  const dataFile = join(directory, "servicebus.db");
  return {
    directory,
    dataFile,
    authority,
    environment: {
      ...Object.fromEntries(Object.entries(files).map(([variable, [name]]) => [variable, join(directory, name)])),
      AMQP_PORT: "0",
      HTTPS_PORT: "0",
      METRICS_PORT: "0",
      LOG_LEVEL: "info",
      EMULATOR_DATA_FILE: dataFile,
      EMULATOR_QUEUES: queues.join(","),
      EMULATOR_LOCK_DURATION_MS: String(lockDurationMs),
      EMULATOR_MAX_DELIVERY_COUNT: String(maxDeliveryCount),
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
