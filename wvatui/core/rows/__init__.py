"""Plain rows: the shapes in which anything leaves the State, and cycles and log lines as rows."""
