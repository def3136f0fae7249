"""The machine wvatui runs on: its terminal, signals, child processes and private files."""
