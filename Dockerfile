# One image for the api and the worker: `docker run … serve`, `docker run … worker`, `docker run … migrate`.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /forge
COPY pyproject.toml uv.lock ./
# Without the extra `embedded`: an image is given DATABASE_URL and REDIS_URL.
RUN uv sync --locked --no-dev --no-install-project
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
RUN uv sync --locked --no-dev \
    && .venv/bin/python -m compileall -q access app core engine formats jobs models resolvers rest schema

FROM python:3.13-slim
# A volume belongs to the user forge where the folder does: /keys has the key of a first company, the other attachments.
RUN useradd --system --uid 10001 --home-dir /forge forge && install -d -o forge -m 0700 /keys /tmp/forge /tmp/forge/files
WORKDIR /forge
COPY --from=build /forge /forge
USER forge
ENV PATH=/forge/.venv/bin:$PATH FORGE_HOST=0.0.0.0 FORGE_HOME=/tmp/forge PYTHONUNBUFFERED=1
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["forge"]
CMD ["serve"]
