// Imported by k6 and by Node alike: no module of either may be imported here, so the HMAC comes in as a parameter.

/** What a Service Bus connection string says to an HTTPS client. */
export interface ConnectionString {
  /** Host name of the namespace. */
  host: string;
  /** Port of the HTTPS endpoint: 443, or the one that the Endpoint names. */
  port: number;
  keyName: string;
  key: string;
}

/**
 * `Endpoint=sb://<host>[:port]/;SharedAccessKeyName=…;SharedAccessKey=…`; other fields are left alone. `UseDevelopmentEmulator=true`
 * does not change the scheme of HTTPS clients, nor their port.
 * @throws when a field is missing; the message names the field and never the value.
 */
export function parseConnectionString(text: string): ConnectionString {
  const fields: Record<string, string> = {};
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    // The key is base64 and may end in "=": only the first one separates.
    if (equals > 0) fields[part.slice(0, equals).trim()] = part.slice(equals + 1).trim();
  }
  const endpoint = /^sb:\/\/([^/:]+)(?::(\d+))?\/?$/.exec(fields.Endpoint ?? "");
  const host = endpoint?.[1];
  const keyName = fields.SharedAccessKeyName;
  const key = fields.SharedAccessKey;
  if (host === undefined) throw new Error("the connection string has no Endpoint=sb://<host>/");
  if (!keyName) throw new Error("the connection string has no SharedAccessKeyName");
  if (!key) throw new Error("the connection string has no SharedAccessKey");
  return { host, port: endpoint?.[2] === undefined ? 443 : Number(endpoint[2]), keyName, key };
}

/** `https://host[:port]`, without the port where it is the default. */
export function httpsOrigin(connection: ConnectionString): string {
  return `https://${connection.host}${connection.port === 443 ? "" : `:${connection.port}`}`;
}

/**
 * A shared access signature for `uri` and everything below it, as the value of an Authorization header.
 * @param hmacSha256 base64 of HMAC-SHA256 over `data`, with the key's text as UTF-8 (it is not decoded).
 * @see https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
 */
export function sharedAccessSignature(options: {
  uri: string;
  keyName: string;
  key: string;
  expiresAtSeconds: number;
  hmacSha256: (key: string, data: string) => string;
}): string {
  const resource = encodeURIComponent(options.uri.toLowerCase());
  const signature = options.hmacSha256(options.key, `${resource}\n${options.expiresAtSeconds}`);
  return (
    `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}` +
    `&se=${options.expiresAtSeconds}&skn=${encodeURIComponent(options.keyName)}`
  );
}
