import type { Measured } from "../../model/assertion.ts";
import { formatNumber } from "../format.ts";

/** What became of the accepted orders, in a line. */
export function balanceText(of: Omit<Measured<"all-accounted-for">, "unconfirmed">): string {
  return (
    `${formatNumber(of.accepted)} accepted = ${formatNumber(of.processedOnce)} processed once + ${formatNumber(of.processedAgain)} again + ` +
    `${formatNumber(of.waiting)} waiting + ${formatNumber(of.deadLettered)} dead-lettered + ${formatNumber(of.lost)} lost`
  );
}
