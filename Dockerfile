# The gateway alone: no browser, no tests, no tools. Built in one stage, run in another.
#   docker build -t arenabridge .
# What it needs to run is in docs/deployment.md. scripts/rehearse-image does the same without Docker.

# The Python that the tests run on.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /src
COPY requirements/server.txt requirements/build.txt requirements/
RUN python -m venv --without-pip /opt/arenabridge \
    && python -m pip --python /opt/arenabridge/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes -r requirements/server.txt \
    && python -m venv --without-pip /opt/build \
    && python -m pip --python /opt/build/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs/errors.md docs/errors.md
COPY requirements/gateway.txt requirements/gateway.txt
COPY src src
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheels \
    && python -m pip --python /opt/arenabridge/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
        --no-index --no-deps /wheels/arenabridge-*.whl

FROM python:${PYTHON}
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin arenabridge \
    && install --directory --owner arenabridge --group arenabridge --mode 700 /data
COPY --from=build /opt/arenabridge /opt/arenabridge
# Nothing but /data is ever written to, so the root file system may be read-only. There is no VOLUME: Docker would make
# one that is thrown away with its container, and the gateway could not warn that nothing lasts.
ENV ARENABRIDGE_DATA_DIR=/data \
    ARENABRIDGE_DEPLOYMENT_MODE=cloud \
    ARENABRIDGE_IMAGE=1 \
    PATH=/opt/arenabridge/bin:$PATH \
    PORT=5102 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /data
USER 10001:10001
EXPOSE 5102
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/opt/arenabridge/bin/python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/livez', timeout=4)"]
ENTRYPOINT ["/opt/arenabridge/bin/arenabridge"]
CMD ["serve"]
