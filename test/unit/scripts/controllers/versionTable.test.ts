import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../../scripts/process/paths.ts";
import { validatedVersion } from "../../../../scripts/schemas/schemas.ts";
import { KUBERNETES_MINORS, SUPPORTED_VERSIONS } from "../../../../scripts/setup/controllers/versions.ts";
import { versionOf } from "../../../../scripts/toolsets/toolsets.ts";

const page = readFileSync(join(ROOT, "docs/how-to/cluster.md"), "utf8").replaceAll(/ {2,}/g, " ");
const TOOLSETS = { Kubernetes: "kubernetes", KEDA: "keda", "metrics-server": "metrics-server" } as const;

test.each(["Kubernetes", "KEDA", "metrics-server"] as const)(
  "docs/how-to/cluster.md says the minimum of %s, what was run, and why",
  (what) => {
    const { minimum, reason } = SUPPORTED_VERSIONS[what];
    expect(page).toContain(`| ${what} | ${minimum} | ${versionOf(TOOLSETS[what])} | ${reason} |`);
  },
);

test.each(["Kubernetes", "KEDA", "metrics-server"] as const)(
  "README says the minimum of %s, and what was run",
  (what) => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8").replaceAll(/\s+/g, " ");
    expect(readme).toContain(`${what} from ${SUPPORTED_VERSIONS[what].minimum} (run: ${versionOf(TOOLSETS[what])})`);
  },
);

test("docs/how-to/cluster.md names the versions of Kubernetes whose schemas the manifests are validated against", async () => {
  const versions = await Promise.all(KUBERNETES_MINORS.map(validatedVersion));
  const last = versions.pop() ?? "";
  expect(page.replaceAll("\n", " ")).toContain(
    `API schemas of Kubernetes ${versions.join(", ")} and ${last} and of KEDA`,
  );
});
