import {
  ApiException,
  ApiextensionsV1Api,
  ApiregistrationV1Api,
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1APIService,
} from "@kubernetes/client-node";
import {
  EXTERNAL_METRICS,
  KEDA_API,
  RESOURCE_METRICS,
  SCALED_OBJECT_CRD,
  type ControllerObjects,
} from "./controllers.ts";
import type { RequestOptions } from "./request.ts";

/**
 * What KEDA and metrics-server are found by; changes nothing. Needs `get` on APIServices, on the Services that they name, `list` on
 * Deployments beside these, and in all namespaces where one of the two is missing.
 * @throws where something of it cannot be read: that is not absence.
 */
export async function readControllerObjects(
  kubeConfig: KubeConfig,
  options?: RequestOptions,
): Promise<ControllerObjects> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const registrations = kubeConfig.makeApiClient(ApiregistrationV1Api);
  const [crd, ...registered] = await Promise.all([
    ifThere(
      kubeConfig.makeApiClient(ApiextensionsV1Api).readCustomResourceDefinition({ name: SCALED_OBJECT_CRD }, options),
      // Few may read CRDs. Without it the APIService tells that it is there, and whose it is stays open.
      [403, 404],
    ),
    ...[KEDA_API, EXTERNAL_METRICS, RESOURCE_METRICS].map((name) =>
      ifThere(registrations.readAPIService({ name }, options)),
    ),
  ]);
  const [, ...metrics] = registered;
  const references = metrics.flatMap((apiService) => {
    const name = apiService?.spec?.service?.name;
    const namespace = apiService?.spec?.service?.namespace;
    return name === undefined || namespace === undefined ? [] : [{ name, namespace }];
  });
  const services = await Promise.all(
    references.map((reference) => ifThere(core.readNamespacedService(reference, options))),
  );
  const deployments =
    references.length === metrics.length
      ? await Promise.all(
          [...new Set(references.map(({ namespace }) => namespace))].map((namespace) =>
            apps.listNamespacedDeployment({ namespace }, options),
          ),
        )
      : [await apps.listDeploymentForAllNamespaces({}, options)];
  return {
    crd,
    apiServices: registered.filter((apiService): apiService is V1APIService => apiService !== undefined),
    services: services.filter((service) => service !== undefined),
    deployments: deployments.flatMap(({ items }) => items),
  };
}

async function ifThere<T>(read: Promise<T>, codesOfAbsence: readonly number[] = [404]): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ApiException && codesOfAbsence.includes(error.code)) return undefined;
    throw error;
  }
}
