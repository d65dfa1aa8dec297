import { makeCertificateOnDemand } from "../../scripts/setup/certificateOnDemand.ts";
import type { ServerCertificate } from "../../scripts/setup/certificates.ts";

export { makeCertificateOnDemand as certificateFor };

let localhost: Promise<ServerCertificate> | undefined;

/** A server's certificate for localhost, made once a test file. */
export function localhostCertificate(): Promise<ServerCertificate> {
  localhost ??= makeCertificateOnDemand(["localhost"]);
  return localhost;
}
