"""`worker demo`: the whole product on one screen, against the simulated gateway."""
