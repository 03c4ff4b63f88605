# One image for every part of Wireroom: `docker run IMAGE` is `wireroom up` with everything in it,
# docker-compose.yml runs the parts one by one.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY feeds ./feeds
COPY config ./config
COPY worker ./worker
RUN python -m venv /opt/wireroom \
    && pip wheel --no-cache-dir --no-deps --wheel-dir /wheel . \
    && /opt/wireroom/bin/pip install --no-cache-dir /wheel/*.whl

FROM python:3.11-slim-bookworm
# A named volume takes over what stands at its place in the image, its owner too.
RUN groupadd --gid 10001 wireroom \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin wireroom \
    && install --directory --owner=10001 --group=10001 /data /data/drop /data/public
COPY --from=build /opt/wireroom /opt/wireroom
ENV PATH=/opt/wireroom/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    WIREROOM_DATA_DIR=/data \
    WIREROOM_WEB_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=40s --start-period=30s \
    CMD ["wireroom", "healthcheck", "worker", "beat", "web"]
ENTRYPOINT ["wireroom"]
CMD ["up"]
