import { isValid } from "../../../../scripts/setup/certificateValidity.ts";
import { certificateFor } from "../../../support/certificate.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test("a certificate is valid for its host names while it does not expire within a month", async () => {
  const tls = await certificateFor(["localhost", "bus.example"]);
  expect(isValid(tls, ["localhost", "bus.example"])).toBe(true);
  expect(isValid(tls, ["localhost", "other.example"])).toBe(false);
  // Certificates are made for a year.
  expect(isValid(tls, ["localhost"], Date.now() + 334 * DAY_MS)).toBe(true);
  expect(isValid(tls, ["localhost"], Date.now() + 336 * DAY_MS)).toBe(false);
});

test("a certificate is invalid without its own key and authority", async () => {
  const [tls, other] = await Promise.all([certificateFor(["localhost"]), certificateFor(["localhost"])]);
  for (const wrong of [
    { certificate: tls.certificate, key: tls.key },
    { ...tls, certificate: "no certificate" },
    { ...tls, key: other.key },
    { ...tls, authority: other.authority },
  ]) {
    expect(isValid(wrong, ["localhost"])).toBe(false);
  }
});
