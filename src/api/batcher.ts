/**
 * Micro-batching: processes items in groups. Items that come while a batch is under way form the next one when it ends, or after `maxWaitMs`
 * where that is sooner, so that a batch that hangs does not hold up the others. With none under way, the items of one turn of the event loop
 * form a batch at its end. Batches begin about `minIntervalMs` apart or more: an item that comes alone goes at once, and of a steady stream each batch
 * takes what came meanwhile. A full batch does not wait.
 * @param processBatch never rejects.
 */
export function createBatcher<Item>(
  processBatch: (items: readonly Item[]) => Promise<void>,
  options: { readonly maxItems: number; readonly maxWaitMs: number; readonly minIntervalMs: number },
): (item: Item) => void {
  const { maxItems, maxWaitMs, minIntervalMs } = options;
  let waiting: Item[] = [];
  let underWay = 0;
  let lastBegan = -Infinity;
  let turnEnd: NodeJS.Immediate | undefined;
  let timer: { readonly handle: NodeJS.Timeout; readonly due: number } | undefined;

  function schedule(): void {
    if (waiting.length === 0 || turnEnd !== undefined) return;
    const now = performance.now();
    const allowed = waiting.length < maxItems ? lastBegan + minIntervalMs : now;
    const due = underWay === 0 ? allowed : Math.max(allowed, now + maxWaitMs);
    if (due <= now) {
      stopWaiting();
      turnEnd = setImmediate(next);
    } else if (timer === undefined || due < timer.due) {
      stopWaiting();
      timer = { handle: setTimeout(next, due - now), due };
    }
  }

  function stopWaiting(): void {
    clearImmediate(turnEnd);
    clearTimeout(timer?.handle);
    turnEnd = undefined;
    timer = undefined;
  }

  function next(): void {
    stopWaiting();
    const items = waiting.slice(0, maxItems);
    waiting = waiting.slice(maxItems);
    underWay++;
    lastBegan = performance.now();
    void processBatch(items).finally(() => {
      underWay--;
      schedule();
    });
    schedule();
  }

  return (item) => {
    waiting.push(item);
    schedule();
  };
}
