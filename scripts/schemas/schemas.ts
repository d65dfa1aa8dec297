import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { withWorkFolder } from "../process/cache.ts";
import { run } from "../process/command.ts";
import { CACHE, ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { step } from "../process/progress.ts";
import { VALIDATED_KUBERNETES, type KubernetesMinor } from "../setup/controllers/versions.ts";

/** JSON, as far as a schema is rewritten here. */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = Record<string, Json>;

/** A module that carries schemas, and where the go.mod is that pins it. */
interface Source {
  pinnedIn: string;
  module: string;
}

const kubernetesOf = (minor: KubernetesMinor): Source => ({
  pinnedIn: VALIDATED_KUBERNETES[minor],
  module: "k8s.io/kubernetes",
});
/** Modules with CRDs in `config/crd/bases`. */
const SECRETS_STORE: Source = {
  pinnedIn: "scripts/schemas/secrets-store-csi-driver",
  module: "sigs.k8s.io/secrets-store-csi-driver",
};
const CUSTOM: readonly Source[] = [
  { pinnedIn: "scripts/toolsets/keda", module: "github.com/kedacore/keda/v2" },
  SECRETS_STORE,
];
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const groupVersionKinds = z.array(z.object({ group: z.string(), version: z.string(), kind: z.string() }));
const openApi = z.object({ components: z.object({ schemas: z.record(z.string(), z.record(z.string(), json)) }) });
const customResourceDefinition = z.object({
  kind: z.literal("CustomResourceDefinition"),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: z.record(z.string(), json) }),
      }),
    ),
  }),
});

/** One file for each kind, a JSON Schema that is complete in itself and refuses fields that it does not name. */
interface KindSchema {
  group: string;
  version: string;
  kind: string;
  schema: JsonObject;
}

/**
 * JSON Schemas of every kind of one Kubernetes minor, of KEDA and of the Secrets Store CSI driver, made from the OpenAPI that the API
 * server's own sources carry and from the CRDs; made now if this machine has not made them yet, which needs the Go module proxy and
 * nothing else. Rules in CEL (`x-kubernetes-validations`) are beyond JSON Schema: only an API server checks these.
 * @returns what kubeconform takes as `-schema-location`.
 * @throws {CliError} when the sources cannot be had.
 */
export async function schemaLocation(minor: KubernetesMinor): Promise<string> {
  const kubernetes = kubernetesOf(minor);
  const folder = join(CACHE, "schemas", `${minor}-${await key(kubernetes)}`);
  if (!existsSync(folder)) {
    await step(`making schemas of the manifests' kinds from the sources of Kubernetes ${minor} and KEDA`, () =>
      make(kubernetes, folder),
    );
  }
  return join(folder, "{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json");
}

/**
 * The folder with the CRDs of the Secrets Store CSI driver, as its module carries them.
 * @throws {CliError} when the sources cannot be had.
 */
export async function secretsStoreDefinitions(): Promise<string> {
  return join(await sourcesOf(SECRETS_STORE), "config/crd/bases");
}

/** The version of Kubernetes that a minor is validated by, as its go.mod pins it, without the `v`. */
export async function validatedVersion(minor: KubernetesMinor): Promise<string> {
  const { pinnedIn, module } = kubernetesOf(minor);
  const text = await readFile(join(ROOT, pinnedIn, "go.mod"), "utf8");
  const version = new RegExp(`${module} v(${minor}\\.\\d+)`).exec(text)?.[1];
  if (version === undefined) throw new Error(`${pinnedIn}/go.mod requires no ${module} v${minor}.x`);
  return version;
}

async function key(kubernetes: Source): Promise<string> {
  const hash = createHash("sha256").update(await readFile(import.meta.filename));
  for (const { pinnedIn } of [kubernetes, ...CUSTOM]) hash.update(await readFile(join(ROOT, pinnedIn, "go.mod")));
  return hash.digest("hex").slice(0, 12);
}

async function make(kubernetes: Source, folder: string): Promise<void> {
  const builtIn = await builtInSchemas(join(await sourcesOf(kubernetes), "api/openapi-spec/v3"));
  const objectMeta = builtIn.find(({ kind }) => kind === "Namespace")?.schema.$defs;
  const custom: KindSchema[] = [];
  for (const source of CUSTOM) {
    const bases = join(await sourcesOf(source), "config/crd/bases");
    for (const file of await readdir(bases))
      custom.push(...(await customSchemas(join(bases, file), objectMeta ?? null)));
  }
  await withWorkFolder(async (work) => {
    const result = join(work, "schemas");
    for (const { group, version, kind, schema } of [...builtIn, ...custom]) {
      // To kubeconform the group is what stands first in `apiVersion`, where the core group has its version only.
      const file = join(result, group === "" ? version : group, `${kind.toLowerCase()}_${version}.json`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(schema));
    }
    await mkdir(dirname(folder), { recursive: true });
    await rename(result, folder);
  });
}

/** The module's folder, downloaded and checked against go.sum where it is not there yet. */
async function sourcesOf({ pinnedIn, module }: Source): Promise<string> {
  try {
    const downloaded = await run("go", ["mod", "download", "-json", module], {
      cwd: join(ROOT, pinnedIn),
    });
    return z.object({ Dir: z.string() }).parse(JSON.parse(downloaded)).Dir;
  } catch (error) {
    throw new CliError(
      `the sources of ${module} cannot be had: ${messageOf(error)}`,
      "it needs Go and the Go module proxy, and can be run again",
      { cause: error },
    );
  }
}

async function builtInSchemas(folder: string): Promise<KindSchema[]> {
  const found: KindSchema[] = [];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith("_openapi.json")).sort()) {
    const parsed = openApi.safeParse(JSON.parse(await readFile(join(folder, file), "utf8")));
    // Some files only list groups and have no schemas.
    if (!parsed.success) continue;
    const definitions = parsed.data.components.schemas;
    for (const [name, definition] of Object.entries(definitions)) {
      const kinds = groupVersionKinds.safeParse(definition["x-kubernetes-group-version-kind"]);
      // A type that stands for many kinds, like DeleteOptions, is none that a manifest names.
      const [only, ...more] = kinds.success ? kinds.data : [];
      if (only === undefined || more.length > 0) continue;
      found.push({ ...only, schema: selfContained(name, definitions) });
    }
  }
  return found;
}

/** A reference to one definition, and every definition that can be reached from it. */
function selfContained(name: string, definitions: Record<string, JsonObject>): JsonObject {
  const reached: JsonObject = {};
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next in reached) continue;
    const definition = definitions[next];
    if (definition === undefined) throw new Error(`the OpenAPI of Kubernetes names ${next} and does not define it`);
    const text = JSON.stringify(strict(definition)).replaceAll("#/components/schemas/", "#/$defs/");
    reached[next] = json.parse(JSON.parse(text));
    for (const [, reference] of text.matchAll(/"#\/\$defs\/([^"]+)"/g))
      if (reference !== undefined) pending.push(reference);
  }
  return { $ref: `#/$defs/${name}`, $defs: reached };
}

async function customSchemas(file: string, definitions: Json): Promise<KindSchema[]> {
  const documents = parseAllDocuments(await readFile(file, "utf8")).map((document) => document.toJS() as unknown);
  return documents.flatMap((document) => {
    const parsed = customResourceDefinition.safeParse(document);
    if (!parsed.success) return [];
    const { group, names, versions } = parsed.data.spec;
    return versions.map(({ name, schema }) => ({
      group,
      version: name,
      kind: names.kind,
      schema: { ...withObjectMeta(strict(schema.openAPIV3Schema)), $defs: definitions },
    }));
  });
}

/** A CRD leaves `metadata` to the API server. */
function withObjectMeta(schema: JsonObject): JsonObject {
  const properties = asObject(schema.properties) ?? {};
  return { ...schema, properties: { ...properties, metadata: { $ref: `#/$defs/${OBJECT_META}` } } };
}

/** Keywords of OpenAPI that say nothing about what is valid, or say it in another way than JSON Schema. */
const DROPPED = new Set(["description", "default", "example", "format", "nullable"]);

/** A schema of OpenAPI 3.0 as JSON Schema, in which an object has no other fields than those that are named. */
function strict(schema: JsonObject): JsonObject {
  const rewritten: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (DROPPED.has(keyword) || keyword.startsWith("x-")) continue;
    rewritten[keyword] = keyword === "properties" ? mapValues(value, strictValue) : strictValue(value);
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (asObject(schema.properties) !== undefined && schema.additionalProperties === undefined && !open) {
    rewritten.additionalProperties = false;
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    delete rewritten.type;
    rewritten.anyOf = [{ type: "integer" }, { type: "string" }];
  }
  if (schema.nullable === true && typeof rewritten.type === "string") rewritten.type = [rewritten.type, "null"];
  return rewritten;
}

function strictValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(strictValue);
  const object = asObject(value);
  return object === undefined ? value : strict(object);
}

function mapValues(value: Json, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(asObject(value) ?? {}).map(([name, one]) => [name, change(one)]));
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
