import type * as z from "zod";
import type { Path } from "./checks/problem.ts";
import { commandOf, type Fill } from "./completeValues.ts";
import type { DeclaredFault, DeclaredLoad, DeclaredPods, FaultObject, FieldPath } from "./declaration.ts";
import type { fault } from "./schema/fault.ts";

type Content = z.output<typeof fault>;

const BEFORE_LOAD_SECONDS = 120;

export function completeFault(content: Content, load: DeclaredLoad, path: Path, fill: Fill): DeclaredFault {
  const when = completeMoment(content.when);
  return {
    when,
    action: completeAction(content),
    withinSeconds: content.within ?? defaultWithin(when, load, [...path, "within"], fill),
  };
}

/** A moment of the load comes before its end at the latest, and one after its end so much later. */
function defaultWithin(when: DeclaredFault["when"], load: DeclaredLoad, path: Path, fill: Fill): number {
  if (when.kind === "before-load") return fill(path, BEFORE_LOAD_SECONDS, "2m", "no load runs yet");
  const loadSeconds = load.kind === "none" ? load.seconds : load.timeoutSeconds;
  const seconds = loadSeconds + (when.kind === "after-load-end" ? when.seconds : 0);
  const why =
    when.kind === "after-load-end"
      ? "as long as the load may take, and the time after it"
      : "as long as the load may take";
  return fill(path, seconds, `${seconds}s`, why);
}

function completeMoment(when: Content["when"]): DeclaredFault["when"] {
  if (when === "before-load") return { kind: "before-load" };
  if ("ready" in when) return { kind: "ready", workload: when.ready, atLeast: when.atLeast };
  if ("desired" in when) return { kind: "desired", workload: when.desired, atMost: when.atMost };
  if ("intoLoad" in when) return { kind: "into-load", seconds: when.intoLoad };
  if ("afterFault" in when) return { kind: "after-fault", seconds: when.afterFault };
  return { kind: "after-load-end", seconds: when.afterLoadEnd };
}

function completeAction(content: Content): DeclaredFault["action"] {
  if ("kill" in content) return killing(content.kill, "delete", content.which);
  if ("evict" in content) return killing(content.evict, "evict", content.which);
  if ("exec" in content)
    return { kind: "exec", pods: completePods(content.exec.in), command: commandOf(content.exec.command) };
  if ("cordon" in content) return { kind: "cordon", pods: completePods(content.cordon) };
  if ("restart" in content) return { kind: "restart", workload: content.restart };
  if ("restore" in content) return { kind: "restore" };
  const { object, namespace = null, field, to } = content.set;
  const [kind, name] = object.split("/") as [FaultObject["kind"], string];
  return { kind: "set", object: { kind, name, namespace }, field: parseField(field), to };
}

function killing(
  pods: DeclaredPodsContent,
  how: "delete" | "evict",
  which: "first" | "random" | "all" = "first",
): DeclaredFault["action"] {
  return { kind: "kill", pods: completePods(pods), how, which };
}

type DeclaredPodsContent = string | { labels: string; namespace?: string | undefined };

function completePods(pods: DeclaredPodsContent): DeclaredPods {
  return typeof pods === "string" ? { workload: pods } : { labels: pods.labels, namespace: pods.namespace ?? null };
}

/** As the schema allows it: `spec.triggers[0].metadata.listLength` or `metadata.annotations["a/b"]`. */
function parseField(field: string): FieldPath {
  return [...field.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name = ""]) =>
    index === undefined ? (quoted ?? name) : Number(index),
  );
}
