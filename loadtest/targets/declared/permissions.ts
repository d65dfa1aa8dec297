import type { Declaration, Environment, ServiceAddress } from "../../declaration/declaration.ts";
import type { RequiredPermission } from "../../preflight/permissions.ts";

/** What a declaration's own loads and evidence need: its Services and, where it refers to one, its Secrets. */
export function declaredPermissions(declaration: Declaration, namespace: string): RequiredPermission[] {
  const environments = declaration.scenarios.map(({ load }): Environment =>
    load.kind === "k6" || load.kind === "command" ? load.environment : {},
  );
  const values = environments.flatMap((environment) => Object.values(environment));
  const { prometheus } = declaration.evidence;
  const addresses = [
    ...values.flatMap((value) => (value.kind === "service" ? [value.address] : [])),
    ...(prometheus?.source.kind === "service" ? [prometheus.source.address] : []),
  ];
  return [
    ...addresses.map((address) => readingService(address, namespace)),
    ...values.flatMap((value): RequiredPermission[] =>
      value.kind === "secret"
        ? [{ verb: "get", resource: "secrets", name: value.secret, namespace, purpose: "to tell it to a load" }]
        : [],
    ),
  ];
}

function readingService({ service, namespace: own }: ServiceAddress, namespace: string): RequiredPermission {
  return {
    ...{ verb: "get", resource: "services", name: service, namespace: own ?? namespace },
    purpose: "to find its address",
  };
}
