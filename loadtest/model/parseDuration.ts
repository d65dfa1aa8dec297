const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration as Go and Prometheus write it, such as `15s` or `1m30s`, in seconds; undefined for what is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  return [...text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, digits, unit = ""]) => sum + Number(digits) * (UNIT_SECONDS[unit] ?? 0),
    0,
  );
}
