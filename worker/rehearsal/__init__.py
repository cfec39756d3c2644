"""Rehearsing rules: the whole worker against the simulated platform, in virtual time."""
