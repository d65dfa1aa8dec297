/** A fault of the target's own, which it knows by name. */
export interface TargetFault {
  name: string;
  /** For people: "the keys of the bus are changed". */
  what: string;
}

/** Injects and reverts what only the target knows. Reverting may be called again, and then changes nothing. */
export interface TargetFaults {
  inject(name: string): Promise<void>;
  revert(name: string): Promise<void>;
}
