import type * as z from "zod";
import { addressOf, commandOf, type Fill } from "./completeValues.ts";
import type { DeclaredLoad, Environment, EnvironmentValue } from "./declaration.ts";
import type { load } from "./schema/load.ts";

type Content = z.output<typeof load>;
type Value = NonNullable<Extract<Content, { k6: string }>["environment"]>[string];

const TIMEOUT_SECONDS = 600;

/** @param absolute of a path that is relative to the file. */
export function completeLoad(
  name: string,
  content: Content,
  absolute: (path: string) => string,
  fill: Fill,
): DeclaredLoad {
  const simulated = content.simulated ?? null;
  if ("none" in content) return { name, simulated, kind: "none", seconds: content.none };
  const timeoutSeconds =
    content.timeout ??
    fill(["loads", name, "timeout"], TIMEOUT_SECONDS, "10m", "a load that does not end is stopped, as broken");
  if ("job" in content) {
    return {
      name,
      simulated,
      kind: "job",
      manifest: absolute(content.job),
      count: content.delivered.count,
      timeoutSeconds,
    };
  }
  const environment = environmentOf(content.environment ?? {});
  return "k6" in content
    ? {
        ...{ name, simulated, kind: "k6", script: absolute(content.k6), environment },
        ...{ iterations: content.delivered.iterations, timeoutSeconds },
      }
    : {
        ...{ name, simulated, kind: "command", command: commandOf(content.command), environment },
        ...{ count: content.delivered.count, timeoutSeconds },
      };
}

function environmentOf(content: Readonly<Record<string, Value>>): Environment {
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value: Value): EnvironmentValue {
  if (typeof value !== "object") return { kind: "text", text: String(value) };
  if ("value" in value) return { kind: "text", text: value.value };
  if ("secret" in value) return { kind: "secret", secret: value.secret, key: value.key };
  return { kind: "service", address: addressOf(value) };
}
