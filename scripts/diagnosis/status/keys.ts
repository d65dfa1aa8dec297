import * as z from "zod";
import type { V1Secret } from "@kubernetes/client-node";
import { finding, type Finding } from "../finding.ts";
import { liveObjects, orElse, subjectOf, type View } from "../view.ts";

/** The emulator's keys with their rights, as its Secret holds them. */
const keys = z.array(z.object({ name: z.string(), key: z.string(), rights: z.array(z.string()) }));
type Keys = z.infer<typeof keys>;

/** Keys that KEDA asks with and that may not Manage, which reading a queue's length takes: known from the Secrets, long before KEDA is refused. */
export function keyFindings(view: View): Finding[] {
  const secrets = orElse(view.secrets, []);
  const known = secrets.flatMap(keysIn);
  return liveObjects(view).authentications.flatMap((authentication) =>
    (authentication.spec?.secretTargetRef ?? []).flatMap(({ parameter, name, key }) => {
      const encoded = secrets.find(({ metadata }) => metadata?.name === name)?.data?.[key];
      if (parameter !== "connection" || encoded === undefined) return [];
      const connection = Buffer.from(encoded, "base64").toString();
      const keyName = /SharedAccessKeyName=([^;]+)/.exec(connection)?.[1];
      const used = known.find((one) => one.name === keyName);
      if (keyName === undefined || used === undefined || used.rights.includes("Manage")) return [];
      const params = { secret: name, keyName };
      return finding("scaler-key-without-manage", subjectOf("TriggerAuthentication", authentication), params);
    }),
  );
}

function keysIn({ data }: V1Secret): Keys {
  const encoded = data?.["keys.json"];
  if (encoded === undefined) return [];
  try {
    return keys.parse(JSON.parse(Buffer.from(encoded, "base64").toString()));
  } catch {
    // Somebody else's Secret, or one that the emulator refuses: then its pod says so.
    return [];
  }
}
