"""What the command line of a load tool says: one file a tool, one row a tool in `table.py`."""
