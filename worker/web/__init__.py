"""The web server: the published tree over HTTP, from memory."""
