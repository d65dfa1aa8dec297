import type { Finding, FindingId, Subject } from "../finding.ts";

/** What is wrong, with names and values, and how to fix it. */
export interface Text<Id extends FindingId> {
  what: (finding: Extract<Finding, { id: Id }>) => string;
  fix: (finding: Extract<Finding, { id: Id }>) => string;
}

/** A text for each of these ids. */
export type Texts<Ids extends FindingId> = { [Id in Ids]: Text<Id> };

/** What a text is made from, where several findings share it. */
export interface Parts<Params> {
  subject: Subject;
  params: Params;
}

export const UP = "./scripts/up";
export const QUEUE_FIX =
  "name a queue that the bus has, or add it: dev's are in kustomize/components/servicebus-emulator/workload/Config.json";
