"""What leaves as CSV: a snapshot of one moment, or whole tables as series."""
