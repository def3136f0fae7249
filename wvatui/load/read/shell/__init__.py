"""Shell scripts of containers: their commands, and when each runs."""
