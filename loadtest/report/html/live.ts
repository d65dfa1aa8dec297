import { documentOf } from "./document.ts";
import { html } from "./markup.ts";

/** The live page, which gets its picture from `feed` beside it. */
export async function liveHtml(where: { cluster: string; namespace: string; windowMinutes: number }): Promise<string> {
  const title = `ownsignal live: ${where.namespace}`;
  const body = html`<a class="skip" href="#content">Skip to the curves</a>
    <header>
      <p class="brand">ownsignal · live</p>
      <h1>Why this many pods, now</h1>
      <p class="soft">
        Namespace ${where.namespace} on ${where.cluster}, read once a second; the last ${where.windowMinutes} minutes.
      </p>
      <p class="state"><strong id="state" role="status">connecting</strong></p>
      <div id="trouble" class="trouble" role="alert" hidden></div>
      <dl id="now" class="facts" aria-label="Now"></dl>
    </header>
    <main id="content" tabindex="-1">
      <h2 class="scenario">Curves</h2>
      <noscript><p>Live curves need JavaScript.</p></noscript>
      <div id="live" class="picture"></div>
    </main>`;
  return documentOf({ title, body, data: undefined, feed: true });
}
