# The service in two steps: the sources and the build's tools stay in the first.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/gridsvc \
 && /opt/gridsvc/bin/pip install --no-cache-dir -c constraints.txt ".[kernel]"

FROM python:3.12-slim
COPY --from=build /opt/gridsvc /opt/gridsvc
RUN useradd --system --uid 10001 --home-dir /var/lib/gridsvc --create-home gridsvc
ENV PATH=/opt/gridsvc/bin:$PATH LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 GRIDSVC_STATE_DIR=/var/lib/gridsvc
USER gridsvc
WORKDIR /var/lib/gridsvc
EXPOSE 8000
CMD ["gridsvc", "serve", "--host", "0.0.0.0", "--port", "8000"]
