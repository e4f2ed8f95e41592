# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
# What is optional is the Postgres server that the tests run.
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24-bookworm-slim
WORKDIR /app

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
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist

RUN mkdir /data && chown node:node /data
VOLUME /data
USER node

EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
