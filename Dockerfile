# footyd and its own MongoDB in one image, for x86_64 and aarch64 alike (every dependency has wheels for both).
#
#   docker build -t footyd .
#   docker run -d --init --restart on-failure --stop-timeout 60 -v footyd:/var/lib/footyd \
#     -v ./config.toml:/etc/footyd/config.toml:ro -e FOOTYD_API_FOOTBALL__KEY=… footyd
#
# --init reaps what a killed worker leaves behind; the stop time-out is longer than daemon.grace_seconds.
# The page listens on the container's own loopback: add --network host to reach it on the host's.
FROM python:3.11-slim-bookworm

# What the embedded mongod is linked with.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4 libssl3 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /usr/src/footyd
COPY pyproject.toml README.md LICENSE ./
COPY footyd ./footyd
RUN pip install --no-cache-dir '.[embedded]' && rm -rf /usr/src/footyd

RUN useradd --system --uid 8674 --home-dir /var/lib/footyd --shell /usr/sbin/nologin footyd \
    && install -d -o footyd -g footyd -m 700 /var/lib/footyd
ENV FOOTYD_STATE__DIR=/var/lib/footyd \
    PYTHONUNBUFFERED=1 \
    PYTHONFAULTHANDLER=1
WORKDIR /var/lib/footyd
USER footyd
VOLUME /var/lib/footyd

# Asks the page; with web.enabled = false run the container with --no-healthcheck.
HEALTHCHECK --interval=60s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8674/healthz', timeout=8)"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["footyd"]
CMD ["run"]
