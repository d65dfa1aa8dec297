import { join } from "node:path";
import { format } from "prettier";
import { ROOT } from "../process/paths.ts";
import { autoscaling } from "./autoscaling.ts";
import { orders } from "./orders.ts";
import { dashboard, type DashboardLayout } from "./panels.ts";
import { runtime } from "./runtime.ts";

/** Every dashboard, by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, DashboardLayout>> = { autoscaling, orders, runtime };

const FOLDER = join(ROOT, "kustomize/components/grafana/grafana/dashboards");

export interface DashboardFile {
  path: string;
  /** JSON as this project formats it. */
  text: string;
}

/** The files that Grafana is given, as they ought to be. */
export function dashboardFiles(): Promise<DashboardFile[]> {
  return Promise.all(
    Object.entries(DASHBOARDS).map(async ([name, layout]) => ({
      path: join(FOLDER, `${name}.json`),
      text: await format(JSON.stringify(dashboard(layout)), { parser: "json", printWidth: 120 }),
    })),
  );
}
