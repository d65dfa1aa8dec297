/** Words that were replaced by the field's own, matched whole. */
export const RETIRED_TERMS = new RegExp(
  String.raw`\b(${[
    "mends?|mended|remedy|remedies|wanted|nobody can say|look-ups?|got away|the signal asks for|must not notice|at rest",
    "in hand|disturbances?|set-ups?|roll-outs?|time-outs?|unheard|bury|objectors?",
  ].join("|")})\b`,
  "i",
);
