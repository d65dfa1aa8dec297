import type { V1Deployment } from "@kubernetes/client-node";
import { findKeda, type Keda } from "../../../../loadtest/observe/controllers.ts";
import { changedMs } from "../../../../scripts/setup/controllers/readTrust.ts";
import { authoritySources, distrustText, trustOf } from "../../../../scripts/setup/controllers/trust.ts";
import { AKS, HELM, keda, RELEASE_MANIFEST, recorded, type Way } from "./recorded.ts";

const AUTHORITY = "-----BEGIN CERTIFICATE-----\nours\n-----END CERTIFICATE-----\n";
const OTHER = "-----BEGIN CERTIFICATE-----\nother\n-----END CERTIFICATE-----\n";

function found(way: Way): Keda {
  const discovery = findKeda(recorded([keda(way)]));
  if (discovery.id !== "present") throw new Error(`the fixture's KEDA is ${discovery.id}`);
  return discovery.params;
}

function operatorWith(args: string[], mountPath: string, volume: object): V1Deployment {
  const container = { name: "keda-operator", args, volumeMounts: [{ name: "ca", mountPath }] };
  const other = { name: "certificates", secret: { secretName: "kedaorg-certs" } };
  return {
    spec: { template: { spec: { containers: [container], volumes: [{ name: "ca", ...volume }, other] } } },
  } as unknown as V1Deployment;
}

describe("where KEDA reads authorities from", () => {
  test.each<[string, V1Deployment, object]>([
    [
      "a ConfigMap at its default folder",
      operatorWith([], "/custom/ca", { configMap: { name: "custom-ca" } }),
      { folders: ["/custom/ca"], sources: [{ kind: "ConfigMap", name: "custom-ca" }] },
    ],
    [
      "a Secret at a folder that the chart's certificates.operator.caDirs names",
      operatorWith(["--ca-dir=/company/ca/"], "/company/ca", { secret: { secretName: "company" } }),
      { folders: ["/company/ca"], sources: [{ kind: "Secret", name: "company" }] },
    ],
    [
      "one file in it",
      operatorWith([], "/custom/ca/company.crt", { configMap: { name: "company" } }),
      { folders: ["/custom/ca"], sources: [{ kind: "ConfigMap", name: "company" }] },
    ],
    [
      "a projected volume",
      operatorWith([], "/custom/ca", {
        projected: { sources: [{ configMap: { name: "a" } }, { secret: { name: "b" } }] },
      }),
      {
        folders: ["/custom/ca"],
        sources: [
          { kind: "ConfigMap", name: "a" },
          { kind: "Secret", name: "b" },
        ],
      },
    ],
    [
      "not the default folder, once another is named",
      operatorWith(["--ca-dir=/company/ca"], "/custom/ca", { configMap: { name: "custom-ca" } }),
      { folders: ["/company/ca"], sources: [] },
    ],
    [
      "not a folder of a similar name",
      operatorWith([], "/custom/cache", { configMap: { name: "cache" } }),
      { folders: ["/custom/ca"], sources: [] },
    ],
  ])("%s", (_what, operator, expected) => {
    expect(authoritySources(operator)).toEqual(expected);
  });
});

describe("whether KEDA trusts the bus", () => {
  test("it does where one of its sources holds the authority, among others", () => {
    const sources = [
      { kind: "Secret", name: "company", texts: [OTHER] },
      { kind: "ConfigMap", name: "custom-ca", texts: [OTHER + AUTHORITY] },
    ] as const;
    expect(trustOf(found(HELM), sources, AUTHORITY)).toEqual({ id: "trusted" });
  });

  test.each([
    ["holds another", [OTHER]],
    ["is not there", undefined],
  ])("it does not where its source %s", (_what, texts) => {
    const trust = trustOf(found(HELM), [{ kind: "ConfigMap", name: "custom-ca", texts }], AUTHORITY);
    expect(trust).toEqual({ id: "noAuthority", params: { kind: "ConfigMap", name: "custom-ca" } });
    expect(distrustText(found(HELM), trust)).toEqual({
      what: "KEDA does not trust the bus: ConfigMap custom-ca in namespace autoscaling does not hold the authority that signed the bus's certificate",
      fix: "kubectl -n orders-dev get secret servicebus-emulator-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d >ca.crt; put ca.crt into that ConfigMap under a key of its own; kubectl -n autoscaling rollout restart deployment keda-operator",
    });
  });

  test("Helm's needs two of the chart's values", () => {
    const trust = trustOf(found(HELM), [], AUTHORITY);
    expect(trust).toEqual({ id: "notMounted", params: { folder: "/custom/ca" } });
    expect(distrustText(found(HELM), trust)?.fix).toBe(
      "kubectl -n orders-dev get secret servicebus-emulator-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d >ca.crt; " +
        "kubectl -n autoscaling create configmap custom-ca --from-file=ca.crt; " +
        'set the chart\'s values volumes.keda.extraVolumes=[{"name":"custom-ca","configMap":{"name":"custom-ca"}}] and ' +
        'volumes.keda.extraVolumeMounts=[{"name":"custom-ca","mountPath":"/custom/ca","readOnly":true}] ' +
        "(helm upgrade keda kedacore/keda -n autoscaling --reuse-values -f FILE)",
    );
  });

  test("a release manifest's needs a patch", () => {
    const fix = distrustText(found(RELEASE_MANIFEST), trustOf(found(RELEASE_MANIFEST), [], AUTHORITY))?.fix ?? "";
    const patch = /patch deployment keda-operator -p '(.*)'$/.exec(fix)?.[1] ?? "";
    expect(JSON.parse(patch)).toMatchObject({
      spec: { template: { spec: { containers: [{ name: "keda-operator" }] } } },
    });
  });

  test("AKS's add-on never does, and overlay azure is named", () => {
    const trust = trustOf(found(AKS), [], AUTHORITY);
    expect(trust).toEqual({ id: "cannotBeChanged" });
    expect(distrustText(found(AKS), trust)?.fix).toMatch(/^deploy kustomize\/overlays\/azure/);
  });
});

test("an authority was changed when a manager changed it, not when the API server began to track who does", () => {
  const created = "2026-01-01T10:00:00Z";
  const source = (manager: string): object => ({
    metadata: {
      creationTimestamp: new Date(created),
      managedFields: [{ manager, time: new Date("2026-01-01T11:00:00Z") }],
    },
  });
  expect(changedMs(source("before-first-apply"))).toBe(Date.parse(created));
  expect(changedMs(source("kubectl"))).toBe(Date.parse("2026-01-01T11:00:00Z"));
  expect(changedMs(undefined)).toBe(0);
});
