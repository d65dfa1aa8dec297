import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { ServerCertificate } from "./certificates.ts";

/** A certificate with less than this left is made anew. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Whether a certificate can go on being used: all three parts are there and belong together, it is good for these host names, and for long enough.
 * In a module of its own, since the library that makes certificates takes long to load.
 */
export function isValid(
  files: { readonly [Part in keyof ServerCertificate]?: string | undefined },
  hostNames: readonly string[],
  nowMs = Date.now(),
): files is ServerCertificate {
  const { certificate, key, authority } = files;
  if (certificate === undefined || key === undefined || authority === undefined) return false;
  try {
    const parsed = new X509Certificate(certificate);
    return (
      new Date(parsed.validTo).getTime() - nowMs > RENEW_BEFORE_MS &&
      hostNames.every((name) => (isIP(name) === 0 ? parsed.checkHost(name) : parsed.checkIP(name)) !== undefined) &&
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      parsed.verify(new X509Certificate(authority).publicKey)
    );
  } catch {
    // What cannot be read is no certificate.
    return false;
  }
}
