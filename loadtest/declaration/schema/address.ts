import * as z from "zod";
import { explained } from "./explained.ts";
import { namespace, objectName } from "./scalars.ts";

const scheme = explained(z.string().regex(/^[a-z][a-z0-9+.-]*$/), { what: "a URL's scheme", example: "http" });

const port = explained(z.int().min(1).max(65_535), { what: "a port from 1 to 65535", example: "8080" });

/** A Service's port, as it can be reached from where the proof runs. */
export const serviceAddress = explained(
  z.strictObject({
    service: objectName.describe("name of the Service"),
    namespace: namespace.optional().describe("namespace of the Service; default: the file's"),
    port: port.describe("port of the Service, not of its pods"),
    scheme: scheme.optional().describe("makes it a URL, SCHEME://HOST:PORT; without it, it is HOST:PORT"),
  }),
  { what: "the address of a Service", example: "{ service: web, port: 8080, scheme: http }" },
);
