import type { ServerCertificate } from "./certificates.ts";

/**
 * Makes a server certificate with a library that is loaded only then: that takes longer than the start of an emulator.
 * jest evaluates CommonJS while it links, so the polyfill that the library asks for is loaded in a step of its own.
 */
export async function makeCertificateOnDemand(hostNames: readonly string[]): Promise<ServerCertificate> {
  await import("@abraham/reflection");
  const { makeServerCertificate } = await import("./certificates.ts");
  return makeServerCertificate(hostNames);
}
