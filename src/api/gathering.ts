/**
 * Hands items over in groups. What comes while a hand-over is under way goes together when it ends, or after `patienceMs` where
 * that is sooner, so that one that hangs holds up nobody else. With nothing under way, what one turn of the event loop brought goes at its end.
 * @param handOver never rejects.
 */
export function gather<Item>(
  handOver: (items: readonly Item[]) => Promise<void>,
  options: { readonly maxItems: number; readonly patienceMs: number },
): (item: Item) => void {
  let waiting: Item[] = [];
  let underWay = 0;
  let turnEnd: NodeJS.Immediate | undefined;
  let patience: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (waiting.length === 0) return;
    if (underWay === 0) turnEnd ??= setImmediate(next);
    else patience ??= setTimeout(next, options.patienceMs);
  }

  function next(): void {
    clearImmediate(turnEnd);
    clearTimeout(patience);
    turnEnd = undefined;
    patience = undefined;
    const items = waiting.slice(0, options.maxItems);
    waiting = waiting.slice(options.maxItems);
    underWay++;
    void handOver(items).finally(() => {
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
