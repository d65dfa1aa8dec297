import { createHash } from "node:crypto";
import { html, type Markup } from "./markup.ts";
import { pageParts } from "./pageParts.ts";

/**
 * A whole page, in one file. Its policy lets it run its own code only, and reach nothing at all, or, with `feed`, its own server.
 * @param data goes into the body in front of the code that reads it.
 */
export async function documentOf(parts: {
  title: string;
  body: Markup;
  data: Markup | undefined;
  feed: boolean;
}): Promise<string> {
  const { script, style } = await pageParts();
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "img-src data:",
    `connect-src ${parts.feed ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${parts.title}</title>
        <link rel="icon" href="data:," />
        ${{ markup: `<style>${style}</style>` }}
      </head>
      <body>
        ${parts.body} ${parts.data} ${{ markup: `<script>${script}</script>` }}
      </body>
    </html> `.markup;
  return page;
}

/** What the browser compares: of the text between the tags. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
