#!/bin/sh
# Puts jobs on the list `jobs`, and their ids into the set `accepted`.
set -eu
count=200
run=$(date +%s)
ids=$(seq 1 "$count" | sed "s/^/$run-/")
redis() { kubectl --namespace example-redis-list exec deployment/redis -- redis-cli -e "$@"; }

# shellcheck disable=SC2086 # one argument an id
redis LPUSH jobs $ids >/dev/null
# shellcheck disable=SC2086
echo "delivered $(redis SADD accepted $ids)"
