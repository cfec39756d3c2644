"""Text in the four scripts: normalising, phrases, languages, templates. No I/O."""
