# One recipe, a target for each service. `npm run build` first: it leaves one file a service in dist/, which is the context here:
#   docker build -f Dockerfile --target api -t docker.io/ownsignal/api:dev dist
ARG BASE=docker.io/library/node:24.21.0-bookworm-slim
FROM ${BASE} AS base
ENV NODE_ENV=production
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node", "/app/main.cjs"]

FROM base AS api
COPY api.cjs /app/main.cjs

FROM base AS validator
COPY validator.cjs /app/main.cjs

FROM base AS worker
COPY worker.cjs /app/main.cjs

FROM base AS servicebus-emulator
COPY servicebus-emulator.cjs /app/main.cjs
