import * as z from "zod";
import { CommandError, run } from "../../scripts/process/command.ts";
import { toolset, versionOf } from "../../scripts/toolsets/toolsets.ts";
import { broken, container, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

/** What kube-score calls critical. */
const CRITICAL_GRADE = 1;

const scorecard = z.array(
  z.object({
    object_name: z.string(),
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.int(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

/**
 * All that may be wrong by kube-score, each with its reason beside the annotation that excuses it. An annotation excuses a whole check; this
 * list holds it to what was meant, so that a memory limit cannot go missing behind the CPU limit.
 */
const EXCUSED: Readonly<Record<string, string>> = {
  "container-resources": "CPU limit is not set",
  "container-image-pull-policy": "ImagePullPolicy is not set to Always",
  "statefulset-has-servicename": "StatefulSet does not have a valid serviceName",
};
/** Images whose own user is below 10,000, and whose files are that user's. */
const LOW_USER = /^StatefulSet cache .*low (user|group) ID$/;

/** Criticals, as `<kind> <name> <check> <container>: <summary>`. */
async function criticals(objects: readonly Manifest[], options: readonly string[] = []): Promise<string[]> {
  const kubeScore = (await toolset("kube-score")).binary("kube-score");
  const [major, minor] = versionOf("kubernetes").split(".");
  const args = [
    "score",
    "--output-format",
    "json",
    "--kubernetes-version",
    `v${major ?? ""}.${minor ?? ""}`,
    ...options,
    "-",
  ];
  const input = objects.map((object) => JSON.stringify(object)).join("\n---\n");
  let printed: string;
  try {
    printed = await run(kubeScore, args, { input });
  } catch (error) {
    // It leaves with 1 when something is critical, which is an answer all the same.
    if (!(error instanceof CommandError && error.exitCode === 1 && error.output.startsWith("["))) throw error;
    printed = error.output;
  }
  return scorecard
    .parse(JSON.parse(printed))
    .flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ grade, skipped }) => grade === CRITICAL_GRADE && !skipped)
        .flatMap(({ check, comments }) =>
          (comments ?? []).map(({ path, summary }) =>
            `${type_meta.kind} ${object_meta.name} ${check.id} ${path}: ${summary}`.replace(" :", ":"),
          ),
        ),
    );
}

function isExcused(critical: string): boolean {
  return (
    LOW_USER.test(critical) ||
    Object.entries(EXCUSED).some(([id, summary]) => critical.includes(` ${id}`) && critical.endsWith(summary))
  );
}

describe.each(OVERLAYS)("kube-score on %s", (overlay) => {
  const objects = render(overlay);

  test("finds nothing critical but for what is excused on the object itself", async () => {
    expect(await criticals(objects)).toEqual([]);
  });

  test("is excused from nothing else", async () => {
    const all = await criticals(objects, ["--disable-ignore-checks-annotations"]);
    expect(all.filter((critical) => !isExcused(critical))).toEqual([]);
  });

  test("objects to a root file system that can be written, whatever is excused", async () => {
    const copy = broken(objects, (them) => {
      Object.assign(container(workload(them, "api"), "api").securityContext ?? {}, { readOnlyRootFilesystem: false });
    });
    expect((await criticals(copy)).join("\n")).toContain("container-security-context-readonlyrootfilesystem api");
  });

  test("objects to a memory limit that is missing behind the excused CPU limit", async () => {
    const copy = broken(objects, (them) => {
      delete container(workload(them, "worker"), "worker").resources?.limits?.memory;
    });
    const all = await criticals(copy, ["--disable-ignore-checks-annotations"]);
    expect(all.filter((critical) => !isExcused(critical))).toEqual([
      "Deployment worker container-resources worker: Memory limit is not set",
    ]);
  });
});
