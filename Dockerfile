# The production image: web, worker, beat and migrate run from it (docker-compose.yml).
FROM python:3.11-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /venv
COPY pyproject.toml requirements.lock ./
COPY script/runtime-only script/
# The whole lock is checked against its hashes, then what only tests and demo need is removed.
RUN pip install --require-hashes -r requirements.lock && python script/runtime-only
COPY . .
# Settings refuse to start without these; nothing connects and nothing here reaches the image.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    SECRETS_KEYS="$(python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
    BASE_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://localhost/build REDIS_URL=redis://localhost/0 \
    EMAIL_URL=smtp://localhost DOCUMENT_SCANNER=none STATIC_ROOT=/app/staticfiles \
    python manage.py collectstatic --noinput

# trixie: its pg_dump is the one of the server (17)
FROM python:3.11-slim-trixie
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hallway \
    && install -d -o hallway -g hallway -m 0700 /media /backups /anchors
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000"]
