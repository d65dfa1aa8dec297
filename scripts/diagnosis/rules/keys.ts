import { HOLDERS } from "../../setup/busKeys.ts";
import { finding, type Finding } from "../finding.ts";
import { subjectOf, type Deployed } from "../view.ts";

/** Secrets are not rendered; of those that `./scripts/up` makes the names tell which key is in them, and so with which rights. */
export function secretFindings({ authentications }: Deployed): Finding[] {
  return authentications.flatMap((authentication) =>
    (authentication.spec?.secretTargetRef ?? []).flatMap(({ name }) => {
      const holder = Object.entries(HOLDERS).find(([one]) => name === `servicebus-${one}`);
      if (holder === undefined) return [];
      const [keyName, rights] = holder;
      if (rights.some((right) => right === "Manage")) return [];
      const params = { secret: name, keyName };
      return finding("scaler-key-without-manage", subjectOf("TriggerAuthentication", authentication), params);
    }),
  );
}
