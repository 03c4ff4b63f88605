"""The mill: articles come in, feeds go out. Never imports celery, worker or config."""
