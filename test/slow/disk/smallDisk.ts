import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A real file system of a few megabytes, in memory, that only its own processes see: nothing is left of it when they have ended. */
export interface SmallDisk {
  /** The command that runs another one where the disk is to be seen. */
  readonly wrapper: readonly string[];
  /** Takes so many bytes away, or all that is left. Returns how many it got. */
  putBallast(bytes?: number): Promise<number>;
  /** Gives them back. */
  removeBallast(): Promise<void>;
  /** The size in bytes of a file on it. @throws where there is none. */
  sizeOf(file: string): Promise<number>;
  remove(): Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;
const ROOT_NAMESPACE = ["--mount"];
/** Whoever is not root may be it in a namespace of users. */
const USER_NAMESPACE = ["--user", "--map-root-user", "--mount"];

/** Why no small disk can be made here; undefined when it can. */
export function whyNoSmallDisk(): string | undefined {
  const mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"];
  const { status, stderr, error } = spawnSync("unshare", [...namespace(), ...mount], { encoding: "utf8" });
  return status === 0 ? undefined : `a private file system needs Linux and unshare: ${error?.message ?? stderr.trim()}`;
}

/** @param directory where the disk is to be seen. */
export async function mountSmallDisk(directory: string, megabytes: number): Promise<SmallDisk> {
  const script = 'mount -t tmpfs -o "size=$1m" tmpfs "$2" && echo mounted && exec sleep infinity';
  const holder = spawn("unshare", [...namespace(), "sh", "-c", script, "sh", String(megabytes), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await mounted(holder);
  const pid = holder.pid ?? 0;
  const ballast = join(`/proc/${pid}/root`, directory, "ballast");
  const users = isRoot() ? [] : ["--user", "--preserve-credentials"];
  return {
    wrapper: ["nsenter", "--target", String(pid), ...users, "--mount", "--"],
    putBallast: async (bytes = Infinity) => {
      const file = await open(ballast, "a");
      let written = 0;
      try {
        while (written < bytes) {
          const { bytesWritten } = await file.write(Buffer.alloc(Math.min(CHUNK_BYTES, bytes - written), 1));
          written += bytesWritten;
        }
      } catch (error) {
        // Under jest no error of Node's is an instance of Error.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        await file.close();
      }
      return written;
    },
    removeBallast: () => rm(ballast, { force: true }),
    sizeOf: async (file) => (await stat(join(`/proc/${pid}/root`, file))).size,
    remove: async () => {
      const ended = once(holder, "close");
      holder.kill("SIGKILL");
      await ended;
    },
  };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function namespace(): readonly string[] {
  return isRoot() ? ROOT_NAMESPACE : USER_NAMESPACE;
}

async function mounted(holder: ChildProcess): Promise<void> {
  const said = holder.stdout === null ? Promise.reject(new Error("no output")) : once(holder.stdout, "data");
  const failed = once(holder, "close").then(([code]) => {
    throw new Error(`the small disk was not mounted: exit code ${String(code)}`);
  });
  await Promise.race([said, failed]);
  failed.catch(() => undefined);
}
