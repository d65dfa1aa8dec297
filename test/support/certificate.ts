import type { ServerCertificate } from "../../scripts/setup/certificates.ts";

let localhost: Promise<ServerCertificate> | undefined;

/** A server's certificate for localhost, made once a test file. */
export function localhostCertificate(): Promise<ServerCertificate> {
  localhost ??= certificateFor(["localhost"]);
  return localhost;
}

/**
 * Makes a certificate. jest evaluates CommonJS while it links, and so the certificates' library before the polyfill that it asks for,
 * unless in two steps.
 */
export async function certificateFor(hostNames: readonly string[]): Promise<ServerCertificate> {
  await import("@abraham/reflection");
  const { makeServerCertificate } = await import("../../scripts/setup/certificates.ts");
  return makeServerCertificate(hostNames);
}
