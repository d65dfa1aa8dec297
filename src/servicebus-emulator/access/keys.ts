import type { SharedAccessKey } from "./sharedAccess.ts";

/** The keys of the namespace, which may change while it runs, as those of Azure may. */
export interface Keys {
  current(): readonly SharedAccessKey[];
  /** From now on these are the keys. What a key has granted that is no longer there ends at once. */
  replace(keys: readonly SharedAccessKey[]): void;
  onReplaced(listener: () => void): void;
}

export function createKeys(initial: readonly SharedAccessKey[]): Keys {
  let keys = initial;
  const listeners: (() => void)[] = [];
  return {
    current: () => keys,
    replace: (others) => {
      keys = others;
      for (const listener of listeners) listener();
    },
    onReplaced: (listener) => {
      listeners.push(listener);
    },
  };
}
