import { ApiObject, type ApiObjectProps, Chart, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventStoreError } from '../errors';

/**
 * An object of the chart's namespace, from the typed L1's `manifest()`. Made as a plain `ApiObject` so that a user's
 * JSON patches are the last word: patches on cdk8s' typed objects lose every field that the types do not know.
 */
export function namespaced(scope: Construct, id: string, manifest: unknown): ApiObject {
  return new ApiObject(scope, id, manifest as ApiObjectProps);
}

/** An object of the cluster: carries no namespace, although cdk8s stamps the chart's on every object. */
export function clusterScoped(scope: Construct, id: string, manifest: unknown): ApiObject {
  const object = namespaced(scope, id, manifest);
  if (object.metadata.namespace) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  return object;
}

/** The namespace that the chart's objects go to. The members' names, seeds and connection strings hold it. */
export function requireNamespace(scope: Construct): string {
  const namespace = Chart.of(scope).namespace;
  if (!namespace) {
    throw new EventStoreError(
      'ES104',
      `a namespace is required and the chart has none: members find each other by names that hold it, so give it to the chart, e.g. new Chart(app, 'es', { namespace: 'eventstore' })`,
    );
  }
  return namespace;
}
