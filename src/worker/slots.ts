/** How many messages are worked on at once, wherever they came from. */
export interface Slots {
  /** Waits for a slot, in the order of the calls; resolves with a function that frees it, or with undefined when the signal is aborted before. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<(isMine: boolean) => void>();

  function release(): void {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next(true);
  }

  return {
    take: async (signal) => {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free -= 1;
        return release;
      }
      const isMine = await new Promise<boolean>((resolve) => {
        const end = (isMine: boolean): void => {
          waiting.delete(end);
          signal.removeEventListener("abort", giveUp);
          resolve(isMine);
        };
        const giveUp = (): void => {
          end(false);
        };
        waiting.add(end);
        signal.addEventListener("abort", giveUp);
      });
      return isMine ? release : undefined;
    },
  };
}
