# durable-rooms on a machine of one's own: docs/self-hosting.md.

# Builds with the versions that the lock files and rust-toolchain.toml name.
FROM rust:1-bookworm AS build
COPY --from=node:22-bookworm-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:22-bookworm-slim /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /app
# The tools first: they take longest, and change least.
COPY package.json package-lock.json Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY scripts scripts
RUN node --input-type=module --eval 'await (await import("/app/scripts/lib/setup.mjs")).setUp(); process.exit(0)'
COPY . .
RUN node scripts/build.mjs

# Runs what was built: Node for the script that watches, workerd for everything else.
FROM node:22-bookworm-slim
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
WORKDIR /app
COPY --from=build /app/node_modules/workerd/bin/workerd node_modules/workerd/bin/workerd
COPY --from=build /app/scripts scripts
COPY --from=build /app/build/settings.json build/settings.json
COPY --from=build /app/build/web build/web
COPY --from=build /app/build/worker/index.js /app/build/worker/index_bg.wasm build/worker/
RUN mkdir /data && chown node:node /data
USER node
ENV HOST=0.0.0.0 PORT=8787 DATA_DIR=/data
VOLUME /data
EXPOSE 8787
HEALTHCHECK CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "scripts/serve.mjs"]
