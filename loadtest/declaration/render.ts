import type { FilledIn } from "./declaration.ts";
import type { DeclarationError } from "./readDeclaration.ts";

/** All that is wrong with a file, for people: FILE:LINE:COLUMN, which editors and terminals open, the field, what is wrong and what would be right. */
export function renderErrors(errors: readonly DeclarationError[]): string {
  return errors
    .map(({ file, position, path, message, fix }) => {
      const place = [file, ...(position === null ? [] : [position.line, position.column])].join(":");
      return `${place}: ${path === "" ? "" : `${path}: `}${message}\n  ${fix}\n`;
    })
    .join("");
}

/** What the file left out, a line each. */
export function renderDefaults(defaults: readonly FilledIn[]): string {
  return defaults.map(({ path, value, why }) => `${path}: ${value} (${why})\n`).join("");
}
