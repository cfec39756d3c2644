"""The simulated gateway: what it answers, what can go wrong in it, and who can be played in it."""
