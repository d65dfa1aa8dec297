import { createHash } from "node:crypto";
import { confirmationIdOf } from "../../../loadtest/k6/lib/idempotency.ts";
import { confirmationIdOf as confirmationIdOfTheApi } from "../../../src/api/idempotencyKey.ts";

test.each(["k", "a key", "0f8fad5b-d9cb-469f-a165-70867728950e", "ä"])(
  "the loads expect of the key %j the confirmation id that the API gives",
  (key) => {
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect(confirmationIdOf(key, sha256)).toBe(confirmationIdOfTheApi(key));
  },
);
