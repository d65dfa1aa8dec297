// Imported by k6 and by Node alike: no module of either may be imported here, so the hash comes in as a parameter.

/**
 * The confirmation id that the API gives to an order with this Idempotency-Key: known before the answer, so that an order whose answer never came can
 * still be looked for. The rule is the API's own, src/api/idempotencyKey.ts, which k6 cannot import; a test holds the two together.
 * @param sha256 in lower-case hexadecimal digits.
 */
export function confirmationIdOf(key: string, sha256: (text: string) => string): string {
  const digits = sha256(`urn:ownsignal:idempotency-key:${key}`);
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
