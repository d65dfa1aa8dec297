import { bypassProxies, overlap } from "../../../../scripts/cluster/embedded/network.ts";

describe("address ranges", () => {
  test.each([
    ["10.77.0.0/17", "10.77.128.0/17", false],
    ["10.77.0.0/16", "10.77.128.0/17", true],
    ["10.77.200.1", "10.77.128.0/17", true],
    ["10.0.0.0/8", "10.77.0.0/17", true],
    ["172.31.77.4/30", "172.31.77.0/30", false],
    ["172.31.77.3", "172.31.77.0/30", true],
    ["0.0.0.0/0", "192.0.2.0/24", true],
    ["255.255.255.255", "172.31.77.0/30", false],
  ])("%s and %s: %s", (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });
});

describe("proxies", () => {
  test("are bypassed for the cluster, once, and keep what a person set", () => {
    const environment = { NO_PROXY: "intranet.example,localhost" };
    bypassProxies(environment);
    bypassProxies(environment);
    const entries = environment.NO_PROXY.split(",");
    expect(entries[0]).toBe("intranet.example");
    expect(entries).toEqual(expect.arrayContaining(["10.77.128.0/17", "172.31.77.0/30", "localhost", ".svc"]));
    expect(new Set(entries).size).toBe(entries.length);
    expect(environment).toHaveProperty("no_proxy");
  });
});
