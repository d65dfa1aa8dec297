import * as z from "zod";
import { explained } from "./explained.ts";
import { namespace, objectName } from "./scalars.ts";

const elsewhere = namespace.optional().describe("its namespace, where it is not the file's");

/** What scales. Its autoscaler, limits, windows and metrics are read from the cluster. */
export const workload = explained(
  z.union([
    z.strictObject({ deployment: objectName.describe("name of the Deployment"), namespace: elsewhere }),
    z.strictObject({ statefulSet: objectName.describe("name of the StatefulSet"), namespace: elsewhere }),
  ]),
  { what: "a workload", example: "{ deployment: web }", exactlyOne: ["deployment", "statefulSet"] },
);
