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
export interface Reached extends Address {
  close(): void | Promise<void>;
}

/**
 * Makes a Service of the proof's namespace reachable: by route where the host has one, by port-forward elsewhere.
 * @param port the Service's own port.
 */
export type Reach = (service: string, port: number) => Promise<Reached>;
