#!/bin/sh
# jobs.sh?board=B says how many jobs wait on a board; a POST to jobs.sh?board=B&add=N adds N. A job is a file.
field() { echo "$QUERY_STRING" | tr '&' '\n' | sed -n "s/^$1=//p"; }

jobs=/state/$(field board)
mkdir -p "$jobs"
printf 'Content-Type: application/json\r\n\r\n'
if [ "$REQUEST_METHOD" != POST ]; then
  printf '{"waiting": %s}\n' "$(ls "$jobs" | wc -l)"
  exit
fi
added=0
for i in $(seq "$(field add)"); do touch "$jobs/$(date +%s)-$$-$i" && added=$((added + 1)); done
printf '{"added": %s}\n' "$added"
