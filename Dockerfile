# One recipe, a target for each service. `npm run build` first: it leaves one file a service in dist/, and what they load on demand, which is the context here:
#   docker build -f Dockerfile --target api -t docker.io/ownsignal/api:dev dist
ARG BASE=docker.io/library/node:24.21.0-bookworm-slim
FROM ${BASE} AS base
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node", "/app/main.cjs"]

FROM base AS api
COPY api.cjs /app/main.cjs
COPY otlpTracing.cjs workloadIdentity.cjs /app/

FROM base AS validator
COPY validator.cjs /app/main.cjs

FROM base AS worker
COPY worker.cjs /app/main.cjs
COPY otlpTracing.cjs workloadIdentity.cjs /app/

FROM base AS servicebus-emulator
# As variables, so that who runs it can say otherwise. After a load the heap would else stay at more than twice what it needs, and each of Node's threads
# keep an arena of the allocator; messages, and which come next, are on disk, so that 256 MiB do for millions of them.
ENV NODE_OPTIONS="--max-semi-space-size=4 --max-old-space-size=256" \
    MALLOC_ARENA_MAX=1 \
    EMULATOR_DATA_FILE=/data/servicebus.db
# Makes the folder, for the user above; what is mounted over it has to be writable for that user.
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 9464}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
COPY servicebus-emulator.cjs /app/main.cjs
