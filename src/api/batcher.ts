/**
 * Micro-batching: processes items in groups. Items that come while a batch is under way form the next one when it ends, or after `maxWaitMs`
 * where that is sooner, so that a batch that hangs does not hold up the others. With none under way, the items of one turn of the event loop
 * form a batch at its end.
 * @param processBatch never rejects.
 */
export function createBatcher<Item>(
  processBatch: (items: readonly Item[]) => Promise<void>,
  options: { readonly maxItems: number; readonly maxWaitMs: number },
): (item: Item) => void {
  let waiting: Item[] = [];
  let underWay = 0;
  let turnEnd: NodeJS.Immediate | undefined;
  let waitTimer: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (waiting.length === 0) return;
    if (underWay === 0) turnEnd ??= setImmediate(next);
    else waitTimer ??= setTimeout(next, options.maxWaitMs);
  }

  function next(): void {
    clearImmediate(turnEnd);
    clearTimeout(waitTimer);
    turnEnd = undefined;
    waitTimer = undefined;
    const items = waiting.slice(0, options.maxItems);
    waiting = waiting.slice(options.maxItems);
    underWay++;
    void processBatch(items).finally(() => {
      underWay--;
      if (underWay === 0 && waiting.length > 0) next();
    });
    schedule();
  }

  return (item) => {
    waiting.push(item);
    schedule();
  };
}
