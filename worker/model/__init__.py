"""Nouns and seams. Imports nothing of ours but errors."""
