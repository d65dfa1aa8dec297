/**
 * A lock token as text, in plain uuid order, from a delivery tag. Service Bus writes tags in .NET's GUID order, in which the first
 * three groups are little-endian; see `reorderLockToken` in the SDK.
 */
export function lockTokenOfTag(tag: Buffer): string {
  return lockTokenOfUuid(reordered(tag));
}

/** The delivery tag, 16 bytes, that carries a lock token. */
export function tagOfLockToken(token: string): Buffer {
  return reordered(Buffer.from(token.replaceAll("-", ""), "hex"));
}

/** A lock token as text from a uuid of `$management`, which is in plain order. */
export function lockTokenOfUuid(uuid: Buffer): string {
  const hex = uuid.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function reordered(guid: Buffer): Buffer {
  return Buffer.concat([
    guid.subarray(0, 4).toReversed(),
    guid.subarray(4, 6).toReversed(),
    guid.subarray(6, 8).toReversed(),
    guid.subarray(8),
  ]);
}
