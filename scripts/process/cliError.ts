/**
 * Something that a person can fix: what is wrong, with its value and place, and how to fix it.
 * It is printed without a stack; everything else that is thrown is a defect and keeps its own.
 */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly fix: string;

  constructor(what: string, fix: string, options?: ErrorOptions) {
    super(what, options);
    this.fix = fix;
  }
}
