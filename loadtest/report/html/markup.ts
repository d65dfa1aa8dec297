import type { Reading } from "../../model/reading.ts";

/** HTML that was made here. Only this goes into a page as it is; everything else is text and is escaped. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Markup[] | undefined;

/** A template whose values are escaped, wherever they come from, unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  let markup = strings[0] ?? "";
  parts.forEach((part, index) => {
    markup += textOf(part) + (strings[index + 1] ?? "");
  });
  return { markup };
}

function textOf(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  if ("markup" in part) return part.markup;
  return part.map(({ markup }) => markup).join("");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** For text and for attributes in quotes. Control characters, which HTML does not allow, become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(CONTROL_CHARACTERS, "\ufffd");
}

const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Data for a `script` element of type application/json: no text in it can end the element. */
export function jsonForScript(data: unknown): Markup {
  return { markup: JSON.stringify(data).replaceAll("<", "\\u003c") };
}

/** A column of a table, by its title; `number` is set right. */
type ColumnHead = string | { title: string; kind: "number" | "bar" };
type Cell = string | Markup;

/**
 * A table whose first cell in a row names the row. On narrow screens each row becomes a list of its cells with the columns' titles, and stays a table to
 * screen readers by its roles.
 */
export function table(caption: string, columns: readonly ColumnHead[], rows: readonly (readonly Cell[])[]): Markup {
  const heads = columns.map((column) => (typeof column === "string" ? { title: column, kind: "" } : column));
  const head = heads.map(({ title, kind }) => html`<th scope="col" role="columnheader" class="${kind}">${title}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr role="row">
        ${cells.map((cell, index) => cellOf(cell, heads[index], index === 0))}
      </tr>`,
  );
  return html`<table class="stack" role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${head}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${body}
    </tbody>
  </table>`;
}

function cellOf(cell: Cell, column: { title: string; kind: string } | undefined, first: boolean): Markup {
  if (first) return html`<th scope="row" role="rowheader"><div class="cell">${cell}</div></th>`;
  return html`<td role="cell" class="${column?.kind ?? ""}" data-label="${column?.title ?? ""}">
    <div class="cell">${cell}</div>
  </td>`;
}

/** A list of figures with their names. */
export function facts(entries: readonly (readonly [name: string, value: string | Markup])[]): Markup {
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** In place of something that could not be read, or is absent. */
export function unread(reading: Reading<unknown>): Markup {
  return html`<p>${reading.kind === "gap" ? `Could not be read: ${reading.error}` : "Absent."}</p>`;
}
