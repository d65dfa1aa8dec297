#!/bin/sh
# The ids of all jobs that were accepted, one a line.
exec sh redis.sh SMEMBERS accepted
