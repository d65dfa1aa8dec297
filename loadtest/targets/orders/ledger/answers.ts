/** What a load logged beside the orders that were accepted. */
export interface Answers {
  /** Requests that were answered otherwise than they should; status 0 is no answer. */
  unexpected: { status: number; sentMs: number; durationMs: number; what: string }[];
  /** Message ids of what can never be an order. */
  poison: string[];
  /** Confirmation ids of invalid orders that were accepted. */
  invalidAccepted: string[];
}

const LINE = /^(?:answered (\d+) (\d+) (\d+) (\S+)|(poison|invalid) (\S+))$/;

/** The lines of loadtest/k6/lib/accepted.ts and of the loads; all others are no answers. */
export function parseAnswers(text: string): Answers {
  const answers: Answers = { unexpected: [], poison: [], invalidAccepted: [] };
  for (const line of text.split("\n")) {
    const [, status, sentMs, durationMs, what = "", kind, id = ""] = LINE.exec(line.trim()) ?? [];
    if (kind === "poison") answers.poison.push(id.toLowerCase());
    else if (kind === "invalid") answers.invalidAccepted.push(id.toLowerCase());
    else if (status !== undefined) {
      answers.unexpected.push({
        ...{ status: Number(status), sentMs: Number(sentMs), durationMs: Number(durationMs), what },
      });
    }
  }
  return answers;
}
