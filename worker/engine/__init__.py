"""Matching, planning, guards and outcomes: pure functions over frozen facts."""
