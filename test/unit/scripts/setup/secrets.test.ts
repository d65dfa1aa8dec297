import { ensureSecrets } from "../../../../scripts/setup/secrets.ts";
import { certificateFor } from "../../../support/certificate.ts";

interface Secret {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  data: Record<string, string>;
}

/** A cluster that holds Secrets, and is asked by kubectl's words. */
function cluster(namespace: string): {
  kubectl: (args: readonly string[], input?: string) => Promise<string>;
  secrets: Map<string, Secret>;
  restarted: string[];
} {
  const secrets = new Map<string, Secret>();
  const restarted: string[] = [];
  return {
    secrets,
    restarted,
    kubectl: (args, input) => {
      if (args.includes("namespace")) return Promise.resolve(namespace);
      if (args.includes("secrets")) return Promise.resolve(JSON.stringify({ items: [...secrets.values()] }));
      if (args.includes("restart")) restarted.push(args.at(-1) ?? "");
      if (args.includes("get")) return Promise.resolve(args.find((arg) => arg.includes("/")) ?? "");
      if (input?.includes('"List"') === true) {
        for (const secret of (JSON.parse(input) as { items: Secret[] }).items)
          secrets.set(secret.metadata.name, secret);
      }
      return Promise.resolve("");
    },
  };
}

function text(secret: Secret | undefined, key: string): string {
  return Buffer.from(secret?.data[key] ?? "", "base64").toString();
}

const OURS = "orders-dev=ownsignal";

describe("the Secrets of development", () => {
  test("are one for each holder, with the least rights, and labelled", async () => {
    const { kubectl, secrets } = cluster(OURS);
    const authority = await ensureSecrets({ kubectl }, certificateFor);
    expect([...secrets.keys()].sort()).toEqual([
      "servicebus-api",
      "servicebus-emulator-keys",
      "servicebus-emulator-tls",
      "servicebus-keda",
      "servicebus-loadtest",
      "servicebus-worker",
    ]);
    for (const { metadata } of secrets.values()) {
      expect(metadata.labels).toMatchObject({ app: "ownsignal", microservice: "orders" });
      expect(Object.keys(metadata.labels)).toEqual(expect.arrayContaining(["service", "type"]));
    }
    const keys = JSON.parse(text(secrets.get("servicebus-emulator-keys"), "keys.json")) as {
      name: string;
      key: string;
      secondaryKey: string;
      rights: string[];
    }[];
    expect(Object.fromEntries(keys.map(({ name, rights }) => [name, rights]))).toEqual({
      api: ["Send"],
      worker: ["Listen"],
      keda: ["Manage"],
      loadtest: ["Send", "Manage"],
    });
    expect(new Set(keys.map(({ key }) => key)).size).toBe(4);
    expect(text(secrets.get("servicebus-api"), "connection")).toBe(
      "Endpoint=sb://servicebus-emulator.orders-dev.svc.cluster.local;SharedAccessKeyName=api;" +
        `SharedAccessKey=${keys.find(({ name }) => name === "api")?.key ?? ""};UseDevelopmentEmulator=true`,
    );
    const { secondaryKey = "" } = keys.find(({ name }) => name === "api") ?? {};
    expect(secondaryKey).toHaveLength(44);
    expect(text(secrets.get("servicebus-api"), "secondary")).toContain(`;SharedAccessKey=${secondaryKey};`);
    expect(text(secrets.get("servicebus-emulator-tls"), "ca.crt")).toBe(authority);
  });

  test("are unchanged when all exist, and nothing is restarted", async () => {
    const { kubectl, secrets, restarted } = cluster(OURS);
    await ensureSecrets({ kubectl }, certificateFor);
    const before = JSON.stringify([...secrets]);
    restarted.length = 0;
    await ensureSecrets({ kubectl }, () => Promise.reject(new Error("no certificate was to be made")));
    expect(JSON.stringify([...secrets])).toBe(before);
    expect(restarted).toEqual([]);
  });

  test("are restored with the same keys when they were deleted", async () => {
    const { kubectl, secrets, restarted } = cluster(OURS);
    await ensureSecrets({ kubectl }, certificateFor);
    const before = JSON.stringify(secrets.get("servicebus-worker"));
    secrets.delete("servicebus-worker");
    restarted.length = 0;
    await ensureSecrets({ kubectl }, certificateFor);
    expect(JSON.stringify(secrets.get("servicebus-worker"))).toBe(before);
    expect(restarted).toEqual([]);
  });

  test("are replaced when they are invalid, and the workloads that read them are restarted", async () => {
    const { kubectl, secrets, restarted } = cluster(OURS);
    await ensureSecrets({ kubectl }, certificateFor);
    const tls = secrets.get("servicebus-emulator-tls");
    if (tls !== undefined) tls.data["tls.crt"] = Buffer.from("no certificate").toString("base64");
    restarted.length = 0;
    await ensureSecrets({ kubectl }, certificateFor);
    expect(text(secrets.get("servicebus-emulator-tls"), "tls.crt")).toContain("BEGIN CERTIFICATE");
    expect(restarted).toContain("statefulset/servicebus-emulator");
  });

  test("are not made in a namespace that is not ownsignal's", async () => {
    const { kubectl, secrets } = cluster("orders-dev=shop");
    await expect(ensureSecrets({ kubectl }, certificateFor)).rejects.toMatchObject({
      message: expect.stringContaining("namespace orders-dev is there already and is not ownsignal's") as string,
      fix: expect.stringContaining("kubectl label namespace orders-dev app=ownsignal") as string,
    });
    expect(secrets.size).toBe(0);
  });
});
