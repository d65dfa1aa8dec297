/** A queue for people, to begin or to go on a sentence with: by its name, which is not said twice where it is just "queue". */
export function theQueue(name: string): string {
  return name === "queue" ? "the queue" : `queue ${name}`;
}

/** The same without an article, for names of assertions. */
export function queueName(name: string): string {
  return name === "queue" ? "queue" : `queue ${name}`;
}
