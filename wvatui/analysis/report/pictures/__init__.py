"""The pictures of a report, drawn by matplotlib where it is installed."""
