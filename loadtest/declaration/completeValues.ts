import type * as z from "zod";
import type { serviceAddress } from "./schema/address.ts";
import type { Path } from "./checks/problem.ts";
import type { Command, ServiceAddress } from "./declaration.ts";

/** Notes that a field was filled in. @param shown is the value as people read it. @returns the value. */
export type Fill = <Value>(path: Path, value: Value, shown: string, why: string) => Value;

export function addressOf(content: z.output<typeof serviceAddress>): ServiceAddress {
  const { service, namespace = null, port, scheme = null } = content;
  return { service, namespace, port, scheme };
}

export function commandOf(content: readonly string[]): Command {
  const [program, ...args] = content;
  if (program === undefined) throw new Error("a command was not checked to name a program");
  return [program, ...args];
}
