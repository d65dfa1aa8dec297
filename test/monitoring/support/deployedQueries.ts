import { DASHBOARDS } from "../../../scripts/dashboards/files.ts";
import { LINKS } from "../../../scripts/dashboards/links.ts";
import { dashboard } from "../../../scripts/dashboards/panels.ts";
import { alerts, recordingRules } from "./rules.ts";

export interface Query {
  /** Dashboard and panel, link, or rule. */
  where: string;
  expression: string;
  /** Labels that its legend names. */
  shown: string[];
}

/** Every query of the dashboards, the links and the rules, for one namespace and one window of rates, which Grafana fills in. */
export function deployedQueries(namespace: string, rateInterval: string): Query[] {
  const panels = Object.entries(DASHBOARDS).flatMap(([name, { rows }]) =>
    rows
      .flatMap((row) => row.panels)
      .flatMap(({ title, curves }) =>
        curves.map(({ expression, legend }) => ({
          where: `${name}: ${title}: ${legend}`,
          expression: expression.replaceAll("$namespace", namespace).replaceAll("$__rate_interval", rateInterval),
          shown: [...legend.matchAll(/{{(\w+)}}/g)].flatMap(([, label]) => label ?? []),
        })),
      ),
  );
  // What the dashboards' one variable chooses from.
  const variables = Object.entries(DASHBOARDS).map(([name, layout]) => {
    const templating = JSON.stringify(dashboard(layout).templating).replaceAll('\\"', '"');
    const [, expression = "", label = ""] = /label_values\((.+), (\w+)\)/.exec(templating) ?? [];
    return { where: `${name}: its namespaces`, expression, shown: [label] };
  });
  const links = LINKS.map(([title, expression]) => ({ where: `link: ${title}`, expression, shown: [] }));
  const rules = [
    ...alerts.map(({ alert, expr }) => ({ where: `rule ${alert}`, expression: expr, shown: [] })),
    ...recordingRules.map(({ record, expr }) => ({ where: `rule ${record}`, expression: expr, shown: [] })),
  ];
  return [...panels, ...variables, ...links, ...rules];
}
