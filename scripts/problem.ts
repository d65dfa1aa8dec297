/**
 * Something that a person can mend: what is wrong, with its value and place, and what to do about it.
 * It is printed without a stack; everything else that is thrown is a defect and keeps its own.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly remedy: string;

  constructor(what: string, remedy: string, options?: ErrorOptions) {
    super(what, options);
    this.remedy = remedy;
  }
}

/** One line of text for anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
