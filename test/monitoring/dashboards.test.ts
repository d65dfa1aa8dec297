import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { dashboardFiles, DASHBOARDS } from "../../scripts/dashboards/files.ts";
import { DATA_SOURCE } from "../../scripts/dashboards/panels.ts";
import { existing, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "../manifests/support/render.ts";

interface Panel {
  type: string;
  title?: string;
  description?: string;
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; refId: string; datasource: { uid: string } }[];
  fieldConfig?: { defaults: { unit?: string; noValue?: string; custom?: { spanNulls?: boolean } } };
}

interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string }[] };
}

const files = await dashboardFiles();
const dashboards = files.map(({ text }) => JSON.parse(text) as Dashboard);
const panels = dashboards.flatMap(({ title, panels: all }) =>
  all.filter(({ type }) => type !== "row").map((panel) => ({ ...panel, name: `${title}: ${panel.title ?? ""}` })),
);

test.each(files)("$path is what the code makes; else: npm run dashboards:write", async ({ path, text }) => {
  expect(await readFile(path, "utf8")).toBe(text);
});

test.each(dashboards)("$title has one variable, the namespace", ({ templating }) => {
  expect(templating.list.map(({ name }) => name)).toEqual(["namespace"]);
});

test.each(panels)("$name has a description, a unit, legends, words for no data, and leaves gaps", (panel) => {
  expect(panel.description).toMatch(/\w{3}.*\.$/s);
  expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/);
  expect(panel.fieldConfig?.defaults.noValue).toMatch(/\w/);
  expect(panel.fieldConfig?.defaults.custom?.spanNulls).toBe(false);
  for (const { legendFormat, datasource } of panel.targets ?? []) {
    expect(legendFormat).toMatch(/\w/);
    expect(datasource.uid).toBe(DATA_SOURCE.uid);
  }
});

test.each(panels)("$name asks for the namespace that was chosen, and fills no gap with zeros", (panel) => {
  for (const { expr } of panel.targets ?? []) {
    // Prometheus's other targets are of no namespace.
    if (!expr.startsWith('up{job!="pods"}')) expect(expr).toContain('namespace="$namespace"');
    expect(expr).not.toMatch(/or (on\(\) )?vector\(0\)/);
  }
});

test("no two panels of a dashboard have the same title", () => {
  expect(new Set(panels.map(({ name }) => name)).size).toBe(panels.length);
});

describe("Grafana in overlay dev-grafana", () => {
  const objects = render("kustomize/overlays/dev-grafana");
  const configMap = (name: string, all: readonly Manifest[] = objects): Record<string, string> =>
    existing(
      all.find(
        ({ kind, metadata }) => kind === "ConfigMap" && new RegExp(`^${name}-[a-z0-9]{10}$`).test(metadata.name),
      ),
      `ConfigMap ${name}`,
    ).data ?? {};

  test("is given every dashboard", () => {
    expect(configMap("grafana-dashboards")).toEqual(
      Object.fromEntries(files.map(({ path, text }) => [path.split("/").at(-1), text])),
    );
    expect(files.length).toBe(Object.keys(DASHBOARDS).length);
  });

  test("has the data source that the dashboards name, at the Service that there is", () => {
    const { datasources } = parse(configMap("grafana-datasources")["datasources.yaml"] ?? "") as {
      datasources: { uid: string; type: string; url: string }[];
    };
    expect(datasources.map(({ uid, type }) => ({ uid, type }))).toEqual([DATA_SOURCE]);
    const { hostname, port } = new URL(datasources[0]?.url ?? "");
    const service = objects.find(({ kind, metadata }) => kind === "Service" && metadata.name === hostname);
    expect((service?.spec as { ports: { port: number }[] }).ports.map((one) => String(one.port))).toEqual([port]);
  });

  test("lets anyone view there, and nobody elsewhere", () => {
    expect(configMap("grafana")).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: "true",
      GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
    });
    const alone = render("kustomize/components/grafana/grafana");
    expect(configMap("grafana", alone)).toMatchObject({ GF_AUTH_ANONYMOUS_ENABLED: "false" });
  });

  test("is the only thing that overlay dev does not have", () => {
    const names = (all: readonly Manifest[]): string[] => all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const dev = new Set(names(render("kustomize/overlays/dev")));
    const more = names(objects).filter((name) => !dev.has(name));
    expect(more.filter((name) => !/ grafana\b/.test(name))).toEqual([]);
    expect(more.length).toBe(objects.length - dev.size);
  });
});
