"""The controller's log: a raw line to typed facts, by dialect and catalogue."""
