import type { Reading } from "../../loadtest/model/reading.ts";
import type { Verdict } from "../../loadtest/model/verdict.ts";
import type { Agreement } from "./dashboardComparison.ts";

/** How much of a curve has to have a counterpart, so that agreement says something. */
const COMPARED_SHARE = 0.9;

/** Whether the dashboard shows what the proof sampled. */
interface DashboardCheck {
  status: Verdict;
  measured: string;
  reason?: string;
}

/** Whether the autoscaling dashboard tells the same of a run as the proof: every curve, within one scrape. */
export function dashboardShowsTheSame(agreements: Reading<Agreement[]>): DashboardCheck {
  if (agreements.kind !== "value") {
    return {
      status: "inconclusive",
      measured: "not read",
      reason:
        agreements.kind === "gap"
          ? agreements.error
          : "there is no Prometheus to ask: deploy component kustomize/components/monitoring",
    };
  }
  const curves = agreements.value;
  const compared = curves.reduce((sum, curve) => sum + curve.compared, 0);
  const agreed = curves.reduce((sum, curve) => sum + curve.agreed, 0);
  const measured = `${agreed} of ${compared} samples of ${curves.length} curves`;
  if (compared === 0) {
    return {
      status: "inconclusive",
      measured,
      reason: "Prometheus has nothing from the time of the run: it may have started later, or its targets were away",
    };
  }
  const wrong = curves
    .filter((curve) => curve.agreed < curve.compared)
    .sort((a, b) => a.agreed / a.compared - b.agreed / b.compared);
  const [worst] = wrong;
  if (worst !== undefined) {
    const others = wrong.length === 1 ? "" : `; ${wrong.length - 1} other curves disagree too`;
    const { worst: moment } = worst;
    const seen =
      moment === null
        ? ""
        : `: at ${new Date(moment.atMs).toISOString()} the proof saw ${moment.sampled}, the dashboard shows ${moment.shown ?? "nothing"}`;
    return {
      status: "fail",
      measured,
      reason: `"${worst.curve}" agrees in ${worst.agreed} of ${worst.compared} samples${seen}${others}; its query is ${worst.query}`,
    };
  }
  const empty = curves.find((curve) => curve.compared === 0);
  if (empty !== undefined) {
    return {
      status: "fail",
      measured,
      reason: `the dashboard shows nothing for "${empty.curve}", while it shows others; its query is ${empty.query}`,
    };
  }
  const thin = curves.find((curve) => curve.compared < COMPARED_SHARE * curve.sampled);
  if (thin !== undefined) {
    return {
      status: "inconclusive",
      measured,
      reason: `of "${thin.curve}" only ${thin.compared} of ${thin.sampled} samples have a counterpart: scrapes are missing`,
    };
  }
  return { status: "pass", measured };
}
