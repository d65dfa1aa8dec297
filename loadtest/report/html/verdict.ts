import type { Verdict } from "../../model/verdict.ts";
import { html, type Markup } from "./markup.ts";

const SIGNS: Record<Verdict, string> = { pass: "✓", fail: "✗", inconclusive: "?" };

/** Said by a word, a sign and a colour, so that no one of them is needed. */
export function badge(verdict: Verdict): Markup {
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${SIGNS[verdict]} </span>${verdict}</span>`;
}
