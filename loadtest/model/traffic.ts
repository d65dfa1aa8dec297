/** What a workload counted itself while a load ran that it must not scale under. */
export interface Traffic {
  /** Requests, messages, whatever its counter counts. */
  counted: number;
  /** Samples that this comes from; null where that is not known. */
  scrapes: number | null;
}
