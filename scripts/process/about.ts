/** `7 min`, or seconds where it is less than a minute and a half. */
export function about(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
