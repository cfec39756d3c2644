"""A comparison of two rule sets for people and machines: text, JSON, and one page of HTML."""
