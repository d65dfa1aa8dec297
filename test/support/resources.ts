type Closable = { close(): unknown } | { end(): unknown };

/** What a test has opened, closed in the reverse order; all of it, even when one of them fails. */
export interface Resources {
  /** Keeps `thing`, to be closed by {@link Resources.close}. */
  add<Thing extends Closable>(thing: Thing): Thing;
  close(): Promise<void>;
}

export function createResources(): Resources {
  const opened: Closable[] = [];
  return {
    add: (thing) => {
      opened.push(thing);
      return thing;
    },
    close: async () => {
      const errors: unknown[] = [];
      for (const thing of opened.splice(0).reverse()) {
        try {
          await ("close" in thing ? thing.close() : thing.end());
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, "the resources did not close cleanly");
    },
  };
}
