#!/bin/sh
# Adds jobs to the board by way of the Kubernetes API server, so that this works wherever kubectl does.
set -eu
board=/api/v1/namespaces/example-metrics-api/services/board:http/proxy/cgi-bin/jobs.sh

answer=$(kubectl create --raw "$board?board=main&add=100" --filename - </dev/null)
echo "$answer"
echo "delivered $(echo "$answer" | tr -cd 0-9)"
