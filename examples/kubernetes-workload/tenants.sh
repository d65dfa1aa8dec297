#!/bin/sh
# Starts six tenants, keeps them for a while, and ends them.
set -eu
tenants() { kubectl --namespace example-kubernetes-workload "$@"; }
trap 'tenants scale deployment/tenant --replicas=0 >&2' EXIT
# A load that is stopped leaves nothing behind either: sh runs no EXIT trap for a signal.
trap 'exit 143' INT TERM

tenants scale deployment/tenant --replicas=6 >&2
tenants rollout status deployment/tenant --timeout=60s >&2
ready=$(tenants get deployment/tenant --output 'jsonpath={.status.readyReplicas}')
sleep 45
echo "delivered $ready"
