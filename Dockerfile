FROM python:3.12-slim AS packages
COPY requirements.lock .
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --target /packages -r requirements.lock

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 suture && mkdir /state && chown suture /state
WORKDIR /app
COPY --from=packages /packages /packages
COPY bot bot
ENV PYTHONPATH=/packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATE_DIR=/state
USER suture
VOLUME /state
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as u; p = os.environ.get('PORT'); p and u.urlopen(f'http://127.0.0.1:{p}/healthz', timeout=4)"]
CMD ["python", "-m", "bot", "run"]
