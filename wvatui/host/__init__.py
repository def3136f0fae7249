"""The machine on which wvatui runs: its terminal, signals, child processes and private files."""
