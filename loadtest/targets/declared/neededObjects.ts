import type { Declaration, Environment, ServiceAddress } from "../../declaration/declaration.ts";
import type { NeededObject } from "../../preflight/neededObject.ts";

/** What a declaration's own loads and evidence read: its Services and, where it refers to one, its Secrets. */
export function declaredObjects(declaration: Declaration, namespace: string): NeededObject[] {
  const environments = declaration.scenarios.map(({ load }): Environment =>
    load.kind === "k6" || load.kind === "command" ? load.environment : {},
  );
  const values = environments.flatMap((environment) => Object.values(environment));
  const { prometheus } = declaration.evidence;
  const addresses = [
    ...values.flatMap((value) => (value.kind === "service" ? [value.address] : [])),
    ...(prometheus?.source.kind === "service" ? [prometheus.source.address] : []),
  ];
  const objects = [
    ...addresses.map((address) => serviceOf(address, namespace)),
    ...values.flatMap((value): NeededObject[] =>
      value.kind === "secret"
        ? [{ kind: "Secret", name: value.secret, key: value.key, namespace, purpose: "to tell it to a load" }]
        : [],
    ),
  ];
  return [...new Map(objects.map((object) => [JSON.stringify(object), object])).values()];
}

function serviceOf({ service, namespace: own }: ServiceAddress, namespace: string): NeededObject {
  return { kind: "Service", name: service, namespace: own ?? namespace, purpose: "to find its address" };
}
