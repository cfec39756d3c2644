# The libraries are installed where compilers and caches may be, and only they move on.
FROM python:3.13-slim AS libraries
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/worker \
 && /opt/worker/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes --no-deps --requirement requirements.lock \
 && /opt/worker/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim
# Compiled here, because at run time nobody may write to the root file system.
ENV PATH=/opt/worker/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WORKER_RULES=/rules \
    WORKER_DATABASE_URL=sqlite:////data/worker.db \
    WORKER_HTTP_HOST=0.0.0.0 \
    WORKER_HTTP_PORT=8080 \
    WORKER_LOG_FORMAT=json
COPY --from=libraries /opt/worker /opt/worker
COPY worker/ /app/worker/
COPY rules/ /rules/
# The number, not a name: orchestrators that insist on non-root can only check a number.
RUN python -m compileall -q /app \
 && printf '#!/bin/sh\nexec python -m worker "$@"\n' >/usr/local/bin/worker \
 && chmod 0755 /usr/local/bin/worker \
 && install -d -o 10001 -g 10001 /data
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/rules"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-m", "worker", "healthcheck"]
ENTRYPOINT ["python", "-m", "worker"]
CMD ["run"]
