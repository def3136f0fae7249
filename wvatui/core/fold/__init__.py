"""The fold: events in, the next State out. Pure, and the only place where a State is made."""
