"""What can be asked of a running worker over HTTP: probes and metrics."""

from worker.web.server import WebServer

__all__ = ["WebServer"]
