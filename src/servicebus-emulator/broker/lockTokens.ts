/**
 * A lock token as text, in plain uuid order, from a delivery tag. Service Bus writes tags in .NET's GUID order, in which the first
 * three groups are little-endian; see `reorderLockToken` in the SDK.
 */
export function lockTokenOfTag(tag: Buffer): string {
  return lockTokenOfUuid(turnGroups(Buffer.from(tag)));
}

/** The delivery tag, 16 bytes, that carries a lock token. */
export function tagOfLockToken(token: string): Buffer {
  return turnGroups(Buffer.from(token.replaceAll("-", ""), "hex"));
}

/** A lock token as text from a uuid of `$management`, which is in plain order. */
export function lockTokenOfUuid(uuid: Buffer): string {
  const hex = uuid.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Turns the bytes of the first three groups round, in place. */
function turnGroups(guid: Buffer): Buffer {
  swap(guid, 0, 3);
  swap(guid, 1, 2);
  swap(guid, 4, 5);
  swap(guid, 6, 7);
  return guid;
}

function swap(bytes: Buffer, a: number, b: number): void {
  const kept = bytes[a] ?? 0;
  bytes[a] = bytes[b] ?? 0;
  bytes[b] = kept;
}
