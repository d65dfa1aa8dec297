import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import type { ServerCertificate } from "../setup/certificates.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { isValid } from "../setup/certificateValidity.ts";

/** What the emulator of a laptop keeps between its runs, made at the first. */
export interface EmulatorState {
  readonly keysFile: string;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  /** The authority that clients have to trust, as PEM. */
  readonly authorityFile: string;
  readonly dataFile: string;
}

/** Azure's own name for the key of a namespace that may do all. */
const KEY_NAME = "RootManageSharedAccessKey";

const keyFile = z.array(z.object({ name: z.string(), key: z.string().min(1) })).min(1);

/**
 * Reads the state in `directory`, and makes what is missing or no longer valid; keys only where there are none, since clients hold them.
 * @param makeCertificate makes a certificate for host names.
 * @throws {CliError} when the directory cannot be used, or the keys in it cannot be read.
 */
export async function ensureEmulatorState(
  directory: string,
  makeCertificate: (hostNames: readonly string[]) => Promise<ServerCertificate>,
): Promise<EmulatorState> {
  const file = (name: string): string => join(directory, name);
  const keysFile = file("keys.json");
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const made = JSON.stringify([
      { name: KEY_NAME, key: randomBytes(32).toString("base64"), rights: ["Manage", "Send", "Listen"] },
    ]);
    await createSecret(keysFile, made);
    const tls = { certificate: file("tls.crt"), key: file("tls.key"), authority: file("ca.crt") };
    await ensureCertificate(tls, makeCertificate);
    keyFile.parse(JSON.parse(await readFile(keysFile, "utf8")));
    return {
      keysFile,
      certificateFile: tls.certificate,
      privateKeyFile: tls.key,
      authorityFile: tls.authority,
      dataFile: file("servicebus.db"),
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      // Neither error is shown: the parser's would quote the text, and with it keys.
      throw new CliError(
        `${keysFile} holds no usable keys`,
        `fix it, as in [{"name":"${KEY_NAME}","key":"<text>","rights":["Manage"]}], or remove it: a new key is made then, and connection strings change`,
      );
    }
    throw new CliError(
      `the emulator's files in ${directory} cannot be used: ${messageOf(error)}`,
      "allow this user to read and write there, or set OWNSIGNAL_CACHE to another directory",
      { cause: error },
    );
  }
}

async function ensureCertificate(
  files: Readonly<Record<keyof ServerCertificate, string>>,
  makeCertificate: (hostNames: readonly string[]) => Promise<ServerCertificate>,
): Promise<void> {
  // The last is this machine to containers of Docker Desktop.
  const hostNames = [...new Set(["localhost", "127.0.0.1", "::1", hostname().toLowerCase(), "host.docker.internal"])];
  const read = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);
  const [certificate, key, authority] = await Promise.all([
    read(files.certificate),
    read(files.key),
    read(files.authority),
  ]);
  if (isValid({ certificate, key, authority }, hostNames)) return;
  const made = await makeCertificate(hostNames);
  await replace(files.key, made.key, 0o600);
  await replace(files.certificate, made.certificate, 0o644);
  await replace(files.authority, made.authority, 0o644);
}

/** Writes a file that only its owner can read, whole or not at all; an existing one is kept, also when two do this at once. */
async function createSecret(path: string, text: string): Promise<void> {
  const unfinished = unfinishedName(path);
  await writeFile(unfinished, text, { mode: 0o600 });
  try {
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(unfinished);
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  const unfinished = unfinishedName(path);
  await writeFile(unfinished, text, { mode });
  await rename(unfinished, path);
}

function unfinishedName(path: string): string {
  return `${path}.${process.pid}`;
}
