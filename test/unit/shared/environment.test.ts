import * as z from "zod";
import {
  EnvironmentError,
  milliseconds,
  port,
  positiveInteger,
  readEnvironment,
} from "../../../src/shared/environment.ts";
import { redisEnvironment } from "../../../src/shared/redis.ts";
import { oneBus, serviceBusEnvironment } from "../../../src/shared/serviceBus.ts";

const schema = z
  .object({
    PORT: port.default(8080),
    COUNT: positiveInteger,
    WAIT_MS: milliseconds.default(5),
    ...serviceBusEnvironment,
    ...redisEnvironment,
  })
  .refine(...oneBus);

const good = {
  COUNT: "3",
  SERVICEBUS_CONNECTION_STRING: "Endpoint=sb://localhost;SharedAccessKeyName=api;SharedAccessKey=c2VjcmV0",
  REDIS_URL: "redis://localhost:6379",
};

function messageOf(environment: NodeJS.ProcessEnv): string {
  try {
    readEnvironment(schema, environment);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  throw new Error("the environment was taken");
}

test("numbers are parsed from text, and missing variables get their defaults", () => {
  expect(readEnvironment(schema, { ...good, PORT: "0" })).toMatchObject({
    PORT: 0,
    COUNT: 3,
    WAIT_MS: 5,
    SERVICEBUS_QUEUE: "orders",
  });
});

test("an empty variable counts as missing", () => {
  expect(readEnvironment(schema, { ...good, PORT: "" }).PORT).toBe(8080);
});

test("every invalid variable is named with its value", () => {
  const message = messageOf({ ...good, PORT: "70000", COUNT: "0", REDIS_URL: "http://localhost" });
  expect(message).toMatch(/PORT: .*65535.*got "70000"/);
  expect(message).toMatch(/COUNT: .*got "0"/);
  expect(message).toMatch(/REDIS_URL: want redis:\/\/host:port/);
});

test("a missing variable is named", () => {
  expect(messageOf({ ...good, REDIS_URL: undefined })).toMatch(/REDIS_URL: .*got nothing/);
});

test.each(["PORT", "COUNT", "WAIT_MS"])("%s rejects text that is not a number", (name) => {
  expect(messageOf({ ...good, [name]: "many" })).toContain(name);
});

test("a connection string without a key is rejected, and its value is not printed", () => {
  const message = messageOf({
    ...good,
    SERVICEBUS_CONNECTION_STRING: "Endpoint=sb://localhost;SharedAccessKey=c2VjcmV0",
  });
  expect(message).toMatch(/SERVICEBUS_CONNECTION_STRING: want Endpoint=/);
  expect(message).not.toContain("c2VjcmV0");
});

test("a namespace is accepted in place of the connection string", () => {
  const read = readEnvironment(schema, {
    ...good,
    SERVICEBUS_CONNECTION_STRING: "",
    SERVICEBUS_NAMESPACE: "ownsignal.servicebus.windows.net",
  });
  expect(read).toMatchObject({ SERVICEBUS_NAMESPACE: "ownsignal.servicebus.windows.net" });
  expect(read.SERVICEBUS_CONNECTION_STRING).toBeUndefined();
});

test.each([
  ["neither", { ...good, SERVICEBUS_CONNECTION_STRING: "" }, "nothing"],
  ["both", { ...good, SERVICEBUS_NAMESPACE: "ownsignal.servicebus.windows.net" }, "a value that is not shown"],
])("%s of the two is rejected, beside other errors", (_which, environment, got) => {
  const message = messageOf({ ...environment, COUNT: "none" });
  expect(message).toContain(`SERVICEBUS_CONNECTION_STRING: want either this or SERVICEBUS_NAMESPACE (got ${got})`);
  expect(message).toContain("COUNT: ");
  expect(message).not.toContain("c2VjcmV0");
});

test("a namespace with a scheme is rejected", () => {
  const message = messageOf({ ...good, SERVICEBUS_CONNECTION_STRING: "", SERVICEBUS_NAMESPACE: "sb://ownsignal" });
  expect(message).toMatch(/SERVICEBUS_NAMESPACE: want a host name.*got "sb:\/\/ownsignal"/);
  expect(message).not.toContain("SERVICEBUS_CONNECTION_STRING");
});
