/** What will happen in a world, in the order of time; what was added first comes first within one millisecond. */
export interface Agenda {
  nowMillis: number;
  readonly pending: { readonly atMillis: number; readonly run: () => void }[];
}

export function newAgenda(): Agenda {
  return { nowMillis: 0, pending: [] };
}

/** Lets something happen so many milliseconds from now. */
export function after(agenda: Agenda, millis: number, run: () => void): void {
  const event = { atMillis: Math.floor(agenda.nowMillis) + millis, run };
  // By halves, since a load of hours waits here.
  let [low, high] = [0, agenda.pending.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((agenda.pending[middle]?.atMillis ?? Infinity) <= event.atMillis) low = middle + 1;
    else high = middle;
  }
  agenda.pending.splice(low, 0, event);
}

/** The world changes half a millisecond after a whole one, controllers act at whole ones: neither meets the other. */
const HALF = 0.5;

/** Lets everything happen that comes before a moment, and moves there. */
export function advanceTo(agenda: Agenda, atMillis: number): void {
  for (let next = agenda.pending[0]; next !== undefined && next.atMillis + HALF < atMillis; next = agenda.pending[0]) {
    agenda.pending.shift();
    agenda.nowMillis = next.atMillis;
    next.run();
  }
  agenda.nowMillis = atMillis;
}
