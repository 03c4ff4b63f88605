"""The thin layer: Celery, watcher, web server, embedded server and command. No rules of its own."""
