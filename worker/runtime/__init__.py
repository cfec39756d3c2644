"""The loops: polling, planning, executing, reloading; the only place with tasks."""
