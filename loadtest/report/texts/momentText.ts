import type { Moment } from "../../model/moment.ts";

const TEXTS: Record<Moment, string> = {
  "load-start": "the load's start",
  "load-end": "the load's end",
  "queue-empty": "the queue's last message",
  "metric-inactive": "KEDA's condition Active becoming False",
  "threshold-restored": "the activation threshold's restoration",
};

/** A moment, to be put after "within 30 s of". */
export function momentText(moment: Moment): string {
  return TEXTS[moment];
}
