"""Foreign files that are opened as if they were recordings: their records into events."""
