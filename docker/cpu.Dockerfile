# finishline without a GPU: GStreamer, OpenVINO, and the page on port 8080.
#
#   docker build -f docker/cpu.Dockerfile -t finishline:cpu .
#   docker run --rm --network host -v "$PWD/my-race:/race" finishline:cpu doctor race.toml
#
# docker/replay.py takes the same steps on a Debian machine where no Docker runs.
FROM debian:bookworm-slim

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    LANG=C.UTF-8
WORKDIR /app

COPY docker/apt-runtime.txt docker/apt-image.txt docker/
RUN apt-get update \
    && grep -hv '^#' docker/apt-runtime.txt docker/apt-image.txt \
        | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*

# The packages that finishline needs, before finishline itself: they change less often.
COPY pyproject.toml README.md LICENSE ./
COPY docker/prepare.sh docker/
RUN docker/prepare.sh venv .venv

COPY docker/healthy.py docker/
COPY engines engines
COPY stream stream
COPY dashboard dashboard
RUN .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -e . \
    && .venv/bin/python -m compileall -q engines stream dashboard \
    && install -d -o 10001 -g 10001 /race /home/finishline

ENV HOME=/home/finishline
USER 10001:10001
WORKDIR /race
VOLUME ["/race"]
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/app/.venv/bin/python", "/app/docker/healthy.py", "/race/race.toml"]
ENTRYPOINT ["/app/.venv/bin/finishline"]
CMD ["run", "/race/race.toml"]
