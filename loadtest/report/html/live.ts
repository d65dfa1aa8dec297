import { documentOf } from "./document.ts";
import { html } from "./markup.ts";

/** The live view, which gets its chart data from `feed` beside it. */
export async function liveHtml(where: { cluster: string; namespace: string; windowMinutes: number }): Promise<string> {
  const title = `ownsignal live: ${where.namespace}`;
  const body = html`<a class="skip" href="#content">Skip to the charts</a>
    <header>
      <p class="brand">ownsignal · live</p>
      <h1>Desired vs ready replicas, now</h1>
      <p class="soft">
        Namespace ${where.namespace} on ${where.cluster}, read once a second; the last ${where.windowMinutes} minutes.
      </p>
      <p class="state"><strong id="state" role="status">connecting</strong></p>
      <div id="errors" class="errors" role="alert" hidden></div>
      <dl id="now" class="facts" aria-label="Now"></dl>
    </header>
    <main id="content" tabindex="-1">
      <h2 class="scenario">Charts</h2>
      <noscript><p>The live charts need JavaScript.</p></noscript>
      <div id="live" class="charts"></div>
    </main>`;
  return documentOf({ title, body, data: undefined, feed: true });
}
