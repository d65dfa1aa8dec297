import { broken, container, existing, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "../support/render.ts";

const objects = render("kustomize/base");

/** Bytes of `256mb`, as Redis writes it, or of `320Mi`, as Kubernetes does. */
function bytesOf(size: string): number {
  const [, number, unit = ""] = /^(\d+)(mb|Mi|gb|Gi)$/.exec(size) ?? [];
  if (number === undefined) throw new Error(`cannot read the size ${size}; want such as 256mb or 256Mi`);
  return Number(number) * 1024 ** (unit.toLowerCase().startsWith("m") ? 2 : 3);
}

/** Why Redis could forget what was committed, or be killed for its memory; empty when it could not. */
function cacheFindings(them: readonly Manifest[]): string[] {
  const cache = workload(them, "cache");
  const redis = container(cache, "redis");
  const option = (name: string): string => {
    const args = redis.args ?? [];
    return existing(args[args.indexOf(name) + 1], `argument ${name}`);
  };
  const claims = (cache.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
  const mount = redis.volumeMounts?.find(({ mountPath }) => mountPath === option("--dir"));
  const maxMemory = bytesOf(option("--maxmemory"));
  const requested = bytesOf(existing(redis.resources?.requests?.memory, "memory request"));
  const limit = bytesOf(existing(redis.resources?.limits?.memory, "memory limit"));
  return [
    ...(option("--appendonly") === "yes" ? [] : ["a restart forgets"]),
    ...(option("--appendfsync") === "always" ? [] : ["what it acknowledged may not be on disk yet"]),
    ...(option("--maxmemory-policy") === "noeviction" ? [] : ["full, it forgets"]),
    ...(mount !== undefined && claims.includes(mount.name) ? [] : ["its folder is on no volume that is claimed"]),
    ...(maxMemory < requested ? [] : ["it may hold more than it asks its node for"]),
    ...(limit >= maxMemory * 1.5 ? [] : ["a rewrite of the append-only file may take it over its limit"]),
    ...(cache.spec.replicas === 1 ? [] : ["two would be two memories"]),
  ];
}

test("Redis persists every acknowledged write, never evicts, and stays within its memory limit", () => {
  expect(cacheFindings(objects)).toEqual([]);
});

test.each<[string, string, string]>([
  ["--appendonly", "no", "a restart forgets"],
  ["--appendfsync", "everysec", "what it acknowledged may not be on disk yet"],
  ["--maxmemory-policy", "allkeys-lru", "full, it forgets"],
  ["--dir", "/tmp", "its folder is on no volume that is claimed"],
  ["--maxmemory", "400mb", "it may hold more than it asks its node for"],
  ["--maxmemory", "400mb", "a rewrite of the append-only file may take it over its limit"],
])("%s %s is reported", (name, value, finding) => {
  const copy = broken(objects, (them) => {
    const args = container(workload(them, "cache"), "redis").args ?? [];
    args[args.indexOf(name) + 1] = value;
  });
  expect(cacheFindings(copy)).toContain(finding);
});
