/** The states of a message, and what each operation makes of one. */

export type Place = "unsent" | "active" | "deferred" | "scheduled" | "dead" | "gone";

/** One way in which a message may be. */
export interface State {
  readonly place: Place;
  /** Why it is in the dead-letter queue. */
  readonly reason?: string | undefined;
  /** What the last abandon or deferral wrote on it. */
  readonly mark?: number | undefined;
}

/** What an operation makes of a state; undefined when it cannot succeed in that state. */
export type Effect = (state: State) => State | undefined;

const send: Effect = ({ place }) => (place === "unsent" ? { place: "active" } : undefined);
const schedule: Effect = ({ place }) => (place === "unsent" ? { place: "scheduled" } : undefined);
const cancel: Effect = ({ place }) => (place === "scheduled" ? { place: "gone" } : undefined);
/** Whether a receiver can get a message from this place. */
export const received = (place: Place): boolean => place === "active" || place === "deferred" || place === "dead";
const complete: Effect = (state) => (received(state.place) ? { place: "gone" } : undefined);
const abandon =
  (mark: number): Effect =>
  (state) =>
    received(state.place) ? { ...state, mark } : undefined;
const defer =
  (mark: number): Effect =>
  ({ place }) =>
    place === "active" || place === "deferred" ? { place: "deferred", mark } : undefined;
const deadLetter =
  (reason: string): Effect =>
  ({ place, mark }) =>
    place === "active" || place === "deferred" ? { place: "dead", reason, mark } : undefined;

export const effects = { send, schedule, cancel, complete, abandon, defer, deadLetter };
