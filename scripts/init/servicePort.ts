import type { V1Service, V1ServicePort } from "@kubernetes/client-node";

/** A Service's port that takes HTTP, as far as its name and number tell. */
export interface ServicePort {
  service: string;
  port: number;
  scheme: "http" | "https";
}

const HTTP_PORTS = [80, 8080, 443, 8443];

/** The Service that selects pods with these labels, one with an address of its own before a headless one; null where there is none. */
export function servicePortFor(
  services: readonly V1Service[],
  labels: Readonly<Record<string, string>>,
): ServicePort | null {
  const selecting = services.filter(({ spec }) => {
    const selector = Object.entries(spec?.selector ?? {});
    return (
      spec?.type !== "ExternalName" && selector.length > 0 && selector.every(([key, value]) => labels[key] === value)
    );
  });
  const byAddress = [...selecting].sort((one, other) => Number(isHeadless(one)) - Number(isHeadless(other)));
  for (const { metadata, spec } of byAddress) {
    const port = likeliest((spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP"));
    const service = metadata?.name;
    if (port !== undefined && service !== undefined) {
      return { service, port: port.port, scheme: isHttps(port) ? "https" : "http" };
    }
  }
  return null;
}

function isHeadless({ spec }: V1Service): boolean {
  return spec?.clusterIP === "None";
}

function likeliest(ports: readonly V1ServicePort[]): V1ServicePort | undefined {
  return (
    ports.find(({ name, appProtocol }) => (appProtocol ?? name ?? "").startsWith("http")) ??
    ports.find(({ port }) => HTTP_PORTS.includes(port)) ??
    ports[0]
  );
}

function isHttps({ name, appProtocol, port }: V1ServicePort): boolean {
  return (appProtocol ?? name ?? "").startsWith("https") || port === 443 || port === 8443;
}
