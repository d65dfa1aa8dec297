/**
 * Words and phrases that were replaced by the field's own (docs/reference/glossary.md), matched whole and in any case.
 */
const PHRASES = [
  "mends?|mended|remedy|remedies|wanted|nobody can say|look-ups?|got away|the signal asks for|must not notice|at rest|in hand",
  "disturb(s|ed|ing|ance|ances)?|set-ups?|roll-outs?|time-outs?|unheard|bury|objectors?|objections?",
  "meddl(e|es|ed|ing)|excused|oracles?|lucky|hurry|undone|undoneBy|obstacles?|gathering",
  // Checks, the doctor and alerts.
  "no right to|nothing is wrong|make the proof worthless|the proof can begin|looks at (the )?(container|queue)|no room left",
  "first replica comes in time|moved by its queue|comes back to 0|did no work|in good order|came again without cause|own count is the ledger's",
  "a month's allowance|cannot tell how many",
  // The report and the dashboards.
  "live objects said|pods that ended otherwise|where it was proven|why this many|signal meanwhile|turned away|targets that answer",
  // Logs, problem types and metrics.
  "redis is (there|away)|waits and does not come|(broker|validator|status)-away|orders:books:messages",
  // Headings and prose.
  "order's way|what one sees|on a good day|orders go together|who scales on what|takes away all|has to follow|have to follow|done on purpose|keeps? nobody out",
];

/** Names in code, matched whole and as they are written. */
const NAMES = [
  "waitNoLonger|stopWork|patienceMs|ledgerGate|inWords|podsGone|soundCertificate|proofPlace",
  "Wish|Follower|Located|Lane|Judgement|Movement",
  // Parts of longer names.
  String.raw`\w*(Wanted|Remedy|Meddl|Excused|Unheard|Disturb|Objection|Objector|SetUp|RollOut|TimeOut|Undone|InHand)\w*`,
  String.raw`(wanted|remedy|undone)[A-Z]\w*|(setUp|rollOut|timeOut)([A-Z]\w*)?`,
];

const PATTERNS = [
  new RegExp(String.raw`(?<!\w)(?:${PHRASES.join("|")})(?!\w)`, "gi"),
  new RegExp(String.raw`(?<!\w)(?:${NAMES.join("|")})(?!\w)`, "g"),
];

/** AMQP's name of the field: https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#type-open */
const PROTOCOL_NAME = /\bidle-time-out\b|\bidleTimeOut\b/g;
const PROTOCOL_FILES = /^(src\/servicebus-emulator\/amqp|test\/conformance|test\/unit\/servicebus-emulator)\//;

/** The retired terms in a line of a file, each once. */
export function retiredTerms(path: string, line: string): string[] {
  const text = PROTOCOL_FILES.test(path) ? line.replaceAll(PROTOCOL_NAME, "") : line;
  return [...new Set(PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)].map(([term]) => term)))];
}
