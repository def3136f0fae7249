"""One optimisation cycle of the controller from v0.5 on."""
