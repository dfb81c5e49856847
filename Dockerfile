# The server in a container. `npm ci && npm run build` comes before: the image takes dist as it was tested.
# The Node.js that the tests ran on last, in .ci/versions.
ARG NODE_TAG=24.21.0-slim
FROM docker.io/library/node:${NODE_TAG}

LABEL org.opencontainers.image.title="cloudflare-cache-mcp" \
	org.opencontainers.image.description="MCP server for the Cloudflare cache" \
	org.opencontainers.image.licenses="MIT"

WORKDIR /app
# package.json says that the code is ES modules.
COPY package.json LICENSE ./
COPY dist dist

# The only folder that the server writes. A new volume of Docker takes its owner from here. Kubernetes mounts one of root's,
# so the server makes a folder of its own in it.
RUN ["node", "-e", "const fs = require('node:fs'); fs.mkdirSync('/state', { mode: 0o700 }); fs.chownSync('/state', 10001, 10001)"]
VOLUME /state
ENV CF_CACHE_STATE_DIR=/state/data CF_CACHE_LOG_FORMAT=json

USER 10001:10001
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
	CMD ["node", "-e", "fetch('http://127.0.0.1:9090/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["--http", "0.0.0.0:8080", "--ops", "0.0.0.0:9090"]
