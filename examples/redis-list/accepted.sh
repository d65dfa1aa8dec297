#!/bin/sh
# The ids of all jobs that were accepted, one a line.
exec kubectl --namespace example-redis-list exec deployment/redis -- redis-cli -e SMEMBERS accepted
