#!/bin/sh
# The ids of all jobs that were finished, one a line.
exec sh redis.sh SMEMBERS finished
