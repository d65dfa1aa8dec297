import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { RecordedTrace } from "./suites.ts";

/** Traces of the real controllers, written by `npm run test:reference -- --record`. */
const FILE = join(import.meta.dirname, "../../unit/loadtest/simulator/traces.jsonl.gz");

export function readRecorded(): RecordedTrace[] {
  const lines = gunzipSync(readFileSync(FILE)).toString().trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedTrace);
}

/** @returns the size of the file in bytes. */
export function writeRecorded(traces: readonly RecordedTrace[]): number {
  const packed = gzipSync(traces.map((trace) => `${JSON.stringify(trace)}\n`).join(""), { level: 9 });
  writeFileSync(FILE, packed);
  return packed.length;
}
