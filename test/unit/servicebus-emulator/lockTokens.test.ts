import { lockTokenOfUuid, tagOfLockToken } from "../../../src/servicebus-emulator/model/lockTokens.ts";

const TOKEN = "00112233-4455-6677-8899-aabbccddeeff";

it("writes tags in .NET's order: the first three groups reversed", () => {
  expect(tagOfLockToken(TOKEN).toString("hex")).toBe("33221100554477668899aabbccddeeff");
});

it("reads a uuid back to the same token", () => {
  expect(lockTokenOfUuid(Buffer.from(TOKEN.replaceAll("-", ""), "hex"))).toBe(TOKEN);
});
