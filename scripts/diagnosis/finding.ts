/** Something that is not as it has to be, in one line each: what, with names and values, and what to do about it. */
export interface Finding {
  /** `blocks`: no order goes its way, or no autoscaler works, until it is mended. `warns`: it may pass by itself, or matters only later. */
  severity: "blocks" | "warns";
  what: string;
  remedy: string;
}

export function blocks(what: string, remedy: string): Finding {
  return { severity: "blocks", what, remedy };
}

export function warns(what: string, remedy: string): Finding {
  return { severity: "warns", what, remedy };
}

/** `blocks  <what>: <remedy>`, without line ends, which messages of others have. */
export function lineOf({ severity, what, remedy }: Finding): string {
  return `${severity.padEnd("blocks".length)}  ${what} -> ${remedy}`.replaceAll(/\s*\n\s*/g, " ");
}

export function anyBlocks(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "blocks");
}
