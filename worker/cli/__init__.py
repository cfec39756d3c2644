"""The commands: one file a verb family, each importing what it needs only when it runs."""
