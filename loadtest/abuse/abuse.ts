import { type AbuseAnswers, type AbuseKind, abuseKinds } from "../model/abuse.ts";
import { attempt } from "./attempt.ts";
import { SENDS } from "./kinds.ts";

/** How much of it there is. */
export interface Abuse {
  at: { host: string; port: number };
  /** Connections that are opened and held. */
  held: number;
  heldPerSecond: number;
  malformedPerSecond: number;
  hugePerSecond: number;
  /** Slow ones at a time. */
  slow: number;
}

const TICK_MS = 50;

/** Abuses a server until it is stopped; each kind no faster than is said. @returns what ends it and says what was answered. */
export function startAbuse({ at, ...of }: Abuse): () => AbuseAnswers {
  const kinds = Object.fromEntries(
    abuseKinds.map((kind) => [kind, { byStatus: {}, unanswered: 0 }]),
  ) as AbuseAnswers["kinds"] & Record<AbuseKind, { byStatus: Record<string, number>; unanswered: number }>;
  const begun: Record<AbuseKind, number> = { malformed: 0, huge: 0, slow: 0, held: 0 };
  let [slowNow, heldNow, mostHeld] = [0, 0, 0];
  let stopped = false;

  async function begin(kind: AbuseKind): Promise<void> {
    const sends = SENDS[kind];
    const send = sends[begun[kind] % sends.length];
    begun[kind] += 1;
    if (send === undefined) return;
    const { answer, closed } = attempt(at, send, { held: kind === "held" });
    const status = await answer;
    if (stopped) return;
    if (status === null) kinds[kind].unanswered += 1;
    else kinds[kind].byStatus[status] = (kinds[kind].byStatus[status] ?? 0) + 1;
    if (kind !== "held" || status === null) return;
    heldNow += 1;
    mostHeld = Math.max(mostHeld, heldNow);
    await closed;
    heldNow -= 1;
  }

  const startedMs = performance.now();
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedMs) / 1000;
    while (begun.malformed < seconds * of.malformedPerSecond) void begin("malformed");
    while (begun.huge < seconds * of.hugePerSecond) void begin("huge");
    while (begun.held < Math.min(of.held, seconds * of.heldPerSecond)) void begin("held");
    while (slowNow < of.slow) {
      slowNow += 1;
      void begin("slow").then(() => (slowNow -= 1));
    }
  }, TICK_MS);

  return () => {
    stopped = true;
    clearInterval(timer);
    return { kinds, mostHeld };
  };
}
