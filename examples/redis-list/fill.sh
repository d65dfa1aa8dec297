#!/bin/sh
# Puts jobs on the list `jobs`, and their ids into the set `accepted`.
set -eu
count=200
run=$(date +%s)
ids=$(seq 1 "$count" | sed "s/^/$run-/")

# shellcheck disable=SC2086 # one argument an id
sh redis.sh LPUSH jobs $ids >/dev/null
# shellcheck disable=SC2086
echo "delivered $(sh redis.sh SADD accepted $ids)"
