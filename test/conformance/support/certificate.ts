import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A server's certificate for localhost, and the authority that vouches for it, as PEM. */
export interface LocalhostCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

let made: Promise<LocalhostCertificate> | undefined;

/** Made once a test file, in a process of its own: @peculiar/x509 does not load in jest's realm. */
export function localhostCertificate(): Promise<LocalhostCertificate> {
  made ??= make();
  return made;
}

async function make(): Promise<LocalhostCertificate> {
  const program = `
    const { makeServerCertificate } = await import("./scripts/certificates.ts");
    console.log(JSON.stringify(await makeServerCertificate(["localhost"])));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  return JSON.parse(stdout) as LocalhostCertificate;
}
