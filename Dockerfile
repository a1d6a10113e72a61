# The runtime in a container: the same bundle that runs on the laptop, and a workspace.
#
#   docker build -t aos-runtime --build-arg WORKSPACE=examples/boardroom .
#   docker run --read-only --tmpfs /tmp --env-file aos.env -p 7071:7071 aos-runtime
#
# WORKSPACE is a folder of the build context; another one may be mounted at /app/workspace instead. What the environment
# says is in docs/deployment.md. Nothing is written below /app; /tmp takes adapters that are kept in blob storage.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/image-tree.mjs /image

FROM ${NODE_IMAGE}
ARG WORKSPACE=examples/boardroom
# The API listens beyond loopback here: it takes access tokens of Microsoft Entra ID (AOS_AUTH_*), and answers to the names
# of its Container App and those in AOS_HOSTS. The exporter's statistics about itself stay here.
ENV NODE_ENV=production \
    AOS_FOLDER=/app/workspace \
    AOS_BIND=0.0.0.0 \
    AOS_PORT=7071 \
    APPLICATION_INSIGHTS_NO_STATSBEAT=1 \
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED=1
WORKDIR /app
COPY --from=build /image ./
COPY ${WORKSPACE} ./workspace
# The files are root's: whoever runs as node (1000) cannot change them.
USER 1000:1000
EXPOSE 7071
# It drains on SIGTERM, and leaves within 10 s.
STOPSIGNAL SIGTERM
CMD ["node", "dist/runtime/main.js", "replica"]
