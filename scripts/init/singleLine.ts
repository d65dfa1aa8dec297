/** Text of a live object for a comment: without anything that ends a line in YAML, sh or JavaScript, so that it stays a comment. */
export function singleLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
