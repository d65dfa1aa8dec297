/** Closes what a test opened, the last first; all of it, even when one of them fails. */
export interface Stage {
  /** Keeps `thing`, to be closed by `close`. */
  add<Thing>(thing: Thing, close: (thing: Thing) => unknown): Thing;
  close(): Promise<void>;
}

export function createStage(): Stage {
  const closers: (() => unknown)[] = [];
  return {
    add: (thing, close) => {
      closers.push(() => close(thing));
      return thing;
    },
    close: async () => {
      const errors: unknown[] = [];
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, "the stage did not close cleanly");
    },
  };
}
