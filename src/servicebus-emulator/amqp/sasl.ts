/** What connections may name; the service's own list. MSSBCBS is what the .NET SDK sends: the claims come over `$cbs`, as with the last two. */
export const SASL_MECHANISMS = ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"] as const;

/** SASL outcome codes. */
export const SASL_OK = 0;
export const SASL_AUTH_FAILED = 1;

/** What the service adds to a good outcome. */
export const WELCOME = Buffer.from("Welcome!");

/**
 * Whether a connection may go on. By PLAIN a connection gives a key's name and the key itself.
 * @param authenticate takes the key, and says whether there is such a one.
 */
export function judgeSasl(
  mechanism: string,
  initialResponse: Buffer | undefined,
  authenticate: (keyName: string, key: string) => boolean,
): boolean {
  switch (mechanism) {
    case "MSSBCBS":
    case "ANONYMOUS":
    case "EXTERNAL":
      return true;
    case "PLAIN": {
      const [, keyName, key, ...more] = (initialResponse ?? Buffer.alloc(0)).toString("utf8").split("\0");
      return keyName !== undefined && key !== undefined && more.length === 0 && authenticate(keyName, key);
    }
    default:
      return false;
  }
}
