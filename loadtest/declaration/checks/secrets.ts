import { isMap } from "./branch.ts";
import type { Problem } from "./problem.ts";
import { select } from "./select.ts";

/** Last words of names whose values are usually secret. */
const NAME =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|KEY|APIKEY|CREDENTIALS?|CONNECTION_?STRING|CONNSTR|SAS|BEARER)$/i;

/** Values that hold a secret whatever their name is. */
const VALUE =
  /-----BEGIN [A-Z ]*PRIVATE KEY|(^|;)\s*(SharedAccessKey|AccountKey|SharedAccessSignature|Password|Pwd)\s*=\s*[^;\s]|^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]+@|^eyJ[\w-]+\.eyJ[\w-]+\./i;

/** A switch, a number of rows or a short word is no secret, whatever its name is. */
const SHORTEST = 8;

/**
 * Secrets that stand in the file, which is committed, instead of a reference. They are refused: a warning would scroll by, and `{ value: … }` says that it is none.
 * The message never repeats the value.
 */
export function secretsInFile(file: unknown): Problem[] {
  return select(file, "loads.*.environment.*").flatMap(({ path, value }) => {
    if ((typeof value !== "string" && typeof value !== "number") || isMap(value)) return [];
    const text = String(value);
    const name = String(path.at(-1));
    const byName = NAME.test(name) && text.length >= SHORTEST;
    if (!byName && !VALUE.test(text)) return [];
    const message = byName
      ? `looks like a secret by its name, and its value stands in the file`
      : `looks like a secret by its form, and stands in the file`;
    const fix = `write ${name}: { secret: NAME, key: KEY } with the name and key of a Secret, or ${name}: { value: … } where it is no secret`;
    return [{ path, at: "value", message, fix }];
  });
}
