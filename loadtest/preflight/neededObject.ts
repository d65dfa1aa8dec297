/** An object that a target reads, beside those that are sampled: the Services that it dials, the Secrets that it is given. */
export interface NeededObject {
  kind: "Service" | "Secret";
  name: string;
  namespace: string;
  /** Of a Secret, the key that is read. */
  key?: string;
  /** What it is for, to be put after "needed": "to find its address". */
  purpose: string;
  /** What provides it, where that is known, as a sentence without a full stop. */
  fix?: string;
  /** Without it the proof is run all the same, and leaves something out. */
  optional?: true;
}
