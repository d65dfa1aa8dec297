#!/bin/sh
# take.sh?board=B takes one job: of several who try, only one can move its file.
printf 'Content-Type: text/plain\r\n\r\n'
for job in /state/"${QUERY_STRING#board=}"/*; do
  if mv "$job" "/tmp/taken-$$" 2>/dev/null; then
    rm "/tmp/taken-$$"
    exec basename "$job"
  fi
done
