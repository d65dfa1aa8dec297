import { dirname, join } from "node:path";
import { rules, SHIPPED_RULES } from "../../src/validator/rules.ts";
import { broken, container, environment, existing, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

/** The rules as the validator finds them: the file that its environment names, in whatever is mounted there. */
function mountedRules(objects: readonly Manifest[]): unknown {
  const api = workload(objects, "api");
  const validator = container(api, "validator");
  const file = existing(environment(objects, validator).VALIDATOR_RULES_FILE, "variable VALIDATOR_RULES_FILE");
  const mount = existing(
    validator.volumeMounts?.find(({ mountPath }) => mountPath === dirname(file)),
    `mount at ${dirname(file)}`,
  );
  const volume = existing(
    api.spec.template.spec.volumes?.find(({ name }) => name === mount.name),
    `volume ${mount.name}`,
  );
  const map = existing(
    objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === volume.configMap?.name),
    `ConfigMap ${volume.configMap?.name ?? ""}`,
  );
  const entry = Object.entries(map.data ?? {}).find(([name]) => join(mount.mountPath, name) === file);
  return JSON.parse(existing(entry, `file ${file}`)[1]);
}

describe.each(OVERLAYS)("the validator's rules in %s", (overlay) => {
  const objects = render(overlay);

  test("are where it looks for them, and such as it starts with", () => {
    expect(rules.parse(mountedRules(objects))).toEqual(SHIPPED_RULES);
  });

  test("roll the pods when they change: the name of their ConfigMap is made from what is in it", () => {
    const volume = workload(objects, "api").spec.template.spec.volumes?.find(({ name }) => name === "rules");
    expect(volume?.configMap?.name).toMatch(/^rules-[a-z0-9]{10}$/);
  });

  test("are missed where they are mounted elsewhere", () => {
    const copy = broken(objects, (them) => {
      container(workload(them, "api"), "validator").volumeMounts = [{ name: "rules", mountPath: "/elsewhere" }];
    });
    expect(() => mountedRules(copy)).toThrow("there is no mount at /etc/ownsignal");
  });
});
