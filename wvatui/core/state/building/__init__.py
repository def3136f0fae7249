"""The next State while it is built."""
