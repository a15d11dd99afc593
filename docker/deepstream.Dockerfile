# finishline on NVIDIA's DeepStream. Building needs no GPU; running needs driver 595 or newer and
# NVIDIA's container toolkit.
#
#   docker build -f docker/deepstream.Dockerfile -t finishline:deepstream .
#   docker run --rm --gpus all --network host -v "$PWD/my-race:/race" finishline:deepstream \
#       doctor race.toml --deepstream
#
# The same tag holds the image for x86-64 and for Jetson.
FROM nvcr.io/nvidia/deepstream:9.1-triton-multiarch

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    LANG=C.UTF-8 \
    NVIDIA_DRIVER_CAPABILITIES=compute,video,utility
WORKDIR /app

# NVIDIA ships its image without the codecs of the processor; its own script fetches them.
COPY docker/apt-deepstream.txt docker/
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive \
        /opt/nvidia/deepstream/deepstream/user_additional_install.sh \
    && grep -hv '^#' docker/apt-deepstream.txt \
        | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml README.md LICENSE ./
COPY docker/prepare.sh docker/
# pyservicemaker comes with DeepStream. Never from an index: what is called pyds there is another
# program. cupy copies runners out of the GPU's memory; CUDA itself is in the image.
RUN docker/prepare.sh venv .venv \
    && .venv/bin/pip install --quiet --disable-pip-version-check pyyaml 'cupy-cuda13x>=14,<15' \
        /opt/nvidia/deepstream/deepstream/service-maker/python/pyservicemaker*.whl

COPY docker/healthy.py docker/genuine.py docker/
COPY engines engines
COPY stream stream
COPY dashboard dashboard
RUN .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -e . \
    && .venv/bin/python docker/genuine.py \
    && .venv/bin/python -m compileall -q engines stream dashboard \
    && install -d -o 10001 -g 10001 /race /cache /home/finishline

ENV HOME=/home/finishline \
    XDG_CACHE_HOME=/cache
USER 10001:10001
WORKDIR /race
VOLUME ["/race", "/cache"]
EXPOSE 8080
# The first start builds TensorRT's engines, which takes minutes.
HEALTHCHECK --interval=15s --timeout=5s --start-period=900s --retries=3 \
    CMD ["/app/.venv/bin/python", "/app/docker/healthy.py", "/race/race.toml"]
ENTRYPOINT ["/app/.venv/bin/finishline"]
CMD ["run", "/race/race.toml", "--deepstream"]
