/**
 * Something that a person can mend: what is wrong, with its value and place, and what to do about it.
 * It is printed without a stack; everything else that is thrown is a defect and keeps its own.
 */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly fix: string;

  constructor(what: string, remedy: string, options?: ErrorOptions) {
    super(what, options);
    this.fix = remedy;
  }
}

/** One line of text for anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
