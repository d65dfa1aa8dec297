/** A TCP address. */
export interface Address {
  host: string;
  port: number;
}

/** An address as URLs and dialling take it. */
export function hostPort({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address under which a Service can be dialled from here, for as long as it is not closed. */
export interface Endpoint extends Address {
  /** Whether it is a port-forward to one pod: it carries little, and a Service behind it spreads nothing. */
  isForwarded?: boolean;
  close(): void | Promise<void>;
}

/**
 * Makes a Service reachable: by route where the host has one, by port-forward elsewhere.
 * @param port the Service's own port.
 * @param namespace the Service's; the proof's by default.
 */
export type ServiceDialer = (service: string, port: number, namespace?: string) => Promise<Endpoint>;
