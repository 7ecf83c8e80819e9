FROM python:3.13-slim

RUN useradd --create-home --uid 10001 argosy && pip install --no-cache-dir uv
WORKDIR /srv/argosy
COPY --chown=argosy:argosy . .
RUN chown argosy:argosy /srv/argosy
USER argosy
RUN uv sync --no-dev --no-cache
ENV PATH="/srv/argosy/.venv/bin:$PATH" ARGOSY_PROFILE=production ARGOSY_DATA_DIR=/srv/argosy/.argosy
EXPOSE 8000
CMD ["argosy", "serve", "--host", "0.0.0.0"]
