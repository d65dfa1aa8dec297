const SUFFIXES: Record<string, readonly [numerator: bigint, denominator: bigint]> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  "": [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
};

/** A quantity of Kubernetes in billionths, rounded up; null where the text is none, or negative. */
function nanos(text: string): bigint | null {
  const [, whole, fraction = "", suffix = "", exponent = "0"] =
    /^\+?(\d+)(?:\.(\d*))?(?:([numkMGT]|[KMGT]i)|[eE]\+?(\d{1,2}))?$/.exec(text) ?? [];
  const scale = SUFFIXES[suffix];
  if (whole === undefined || scale === undefined) return null;
  const numerator = BigInt(whole + fraction) * scale[0] * 10n ** (9n + BigInt(exponent));
  const denominator = scale[1] * 10n ** BigInt(fraction.length);
  return (numerator + denominator - 1n) / denominator;
}

/** A quantity in thousandths, rounded up, as Go's `MilliValue`; null where the text is no quantity. */
export function quantityMilli(text: string): number | null {
  const value = nanos(text);
  return value === null ? null : Number((value + 10n ** 6n - 1n) / 10n ** 6n);
}

/**
 * A quantity as Go's `AsApproximateFloat64` has it after the API server has stored it, which multiplies a whole number by a power of ten: 57m is
 * 57 * 0.001 there, and not always the nearest number to 0.057. Null where the text is no quantity.
 */
export function quantityFloat(text: string): number | null {
  const value = nanos(text);
  if (value === null) return null;
  for (const [unit, power] of [
    [10n ** 9n, 1],
    [10n ** 6n, 1e-3],
    [1000n, 1e-6],
  ] as const) {
    if (value % unit === 0n) return Number(value / unit) * power;
  }
  return Number(value) * 1e-9;
}
