import { UNLIMITED_MS } from "../model/properties.ts";

/** How Azure writes a time without end: .NET's `TimeSpan.MaxValue`. */
const UNLIMITED = "P10675199DT2H48M5.4775807S";

/**
 * {@link UNLIMITED} in whole milliseconds. Whatever is as long means the same: the Java SDK writes the value with fewer digits.
 */
const UNLIMITED_FROM_MS = 922_337_203_685_477;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What .NET takes a month and a year for, and so the service: {@link https://learn.microsoft.com/en-us/dotnet/api/system.xml.xmlconvert.totimespan}. */
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;
const UNITS = [YEAR, MONTH, DAY, HOUR, MINUTE, SECOND] as const;

const DURATION =
  /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

/**
 * Reads a duration of XML Schema, ISO 8601 without weeks, as in `PT1M` or `P1DT2H`.
 * @returns whole milliseconds, what is below one cut off; {@link UNLIMITED_MS} from .NET's longest time span on; undefined when the text is no duration.
 */
export function parseIsoDuration(text: string): number | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  const wholeMs = UNITS.reduce((sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs, 0);
  // By digits, not as a fraction: 0.29 s as a float comes to 289 ms.
  const durationMs = wholeMs + Number((parts[UNITS.length + 1] ?? "").slice(0, 3).padEnd(3, "0"));
  return durationMs >= UNLIMITED_FROM_MS ? UNLIMITED_MS : durationMs;
}

/** Writes whole milliseconds as the service does, as in `PT1M` or `P1DT2H0.5S`. */
export function formatIsoDuration(durationMs: number): string {
  if (durationMs >= UNLIMITED_FROM_MS) return UNLIMITED;
  const part = (value: number, unit: string): string => (value === 0 ? "" : `${value}${unit}`);
  const days = part(Math.floor(durationMs / DAY), "D");
  const time =
    part(Math.floor((durationMs % DAY) / HOUR), "H") +
    part(Math.floor((durationMs % HOUR) / MINUTE), "M") +
    part((durationMs % MINUTE) / SECOND, "S");
  if (days === "" && time === "") return "PT0S";
  return `P${days}${time === "" ? "" : `T${time}`}`;
}
