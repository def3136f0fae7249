"""What the log of a load job says: progress, reports, plain lines."""
