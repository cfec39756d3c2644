"""Chat platforms: one folder each, and the one way out over HTTP."""
