"""Plain rows: the types in which anything leaves the State; also cycles and log lines as rows."""
