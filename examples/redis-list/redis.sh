#!/bin/sh
# redis-cli in Redis's pod. Over websockets kubectl can lose the output of a command that ends at once ("Unknown stream id 1").
export KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false
exec kubectl --namespace example-redis-list exec deployment/redis -- redis-cli -e "$@"
