/**
 * The delivery tag, 16 bytes, that carries a lock token. Service Bus writes tags in .NET's GUID order, in which the first three groups are
 * little-endian; see `reorderLockToken` in the SDK.
 */
export function tagOfLockToken(token: string): Buffer {
  const tag = Buffer.from(token.replaceAll("-", ""), "hex");
  tag.subarray(0, 4).swap32();
  tag.subarray(4, 8).swap16();
  return tag;
}

/** A lock token as text from a uuid of `$management`, which is in plain order. */
export function lockTokenOfUuid(uuid: Buffer): string {
  const hex = uuid.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
