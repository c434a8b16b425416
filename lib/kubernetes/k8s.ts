/**
 * The one place where the typed Kubernetes objects come from: a newer Kubernetes is a one-line change here.
 * The deep import keeps the rest of cdk8s-plus out of the generator's start-up.
 */
export * from 'cdk8s-plus-27/lib/imports/k8s';
