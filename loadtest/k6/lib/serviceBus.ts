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

/** How a client authenticates to a bus: by the key of a connection string, or by an access token of Entra, where shared keys are disabled. */
export type BusLogin = ({ kind: "key"; connectionString: string } & ConnectionString) | BusToken;

interface BusToken {
  kind: "token";
  host: string;
  port: number;
  token: string;
}

/** The variables that say so. */
export interface BusVariables {
  SERVICEBUS_CONNECTION_STRING?: string | undefined;
  /** Host name of the namespace, as the services take it. */
  SERVICEBUS_NAMESPACE?: string | undefined;
  /** As `az account get-access-token --resource https://servicebus.azure.net` gives it. */
  SERVICEBUS_ACCESS_TOKEN?: string | undefined;
}

const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
/** What a header can carry of a token: https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[\w.~+/-]+=*$/;

/** @throws when neither way is given, or both; the message names the variables and never shows a key or a token. */
export function busLogin(variables: BusVariables): BusLogin {
  const { SERVICEBUS_CONNECTION_STRING: connectionString, SERVICEBUS_ACCESS_TOKEN: token } = variables;
  if (connectionString && token) {
    throw new Error("SERVICEBUS_CONNECTION_STRING and SERVICEBUS_ACCESS_TOKEN are both set; want one of them");
  }
  if (connectionString) return { kind: "key", connectionString, ...parseConnectionString(connectionString) };
  if (!token) {
    throw new Error(
      "neither SERVICEBUS_CONNECTION_STRING is set nor SERVICEBUS_ACCESS_TOKEN; want the one, of a key with the right to Send, or the other with SERVICEBUS_NAMESPACE",
    );
  }
  const host = variables.SERVICEBUS_NAMESPACE ?? "";
  if (!HOST_NAME.test(host)) {
    throw new Error(
      `SERVICEBUS_NAMESPACE is ${JSON.stringify(host)}; beside SERVICEBUS_ACCESS_TOKEN want a host name, as name.servicebus.windows.net`,
    );
  }
  if (!TOKEN.test(token)) {
    throw new Error("SERVICEBUS_ACCESS_TOKEN is no token; want the text alone, without quotes and without Bearer");
  }
  return { kind: "token", host, port: 443, token };
}

/** The value of an Authorization header for `uri` and everything below it. */
export function authorizationOf(
  login: BusLogin,
  request: Pick<Parameters<typeof sharedAccessSignature>[0], "uri" | "expiresAtSeconds" | "hmacSha256">,
): string {
  return login.kind === "token"
    ? `Bearer ${login.token}`
    : sharedAccessSignature({ ...request, keyName: login.keyName, key: login.key });
}

/** `https://host[:port]`, without the port where it is the default. */
export function httpsOrigin({ host, port }: Pick<ConnectionString, "host" | "port">): string {
  return `https://${host}${port === 443 ? "" : `:${port}`}`;
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
