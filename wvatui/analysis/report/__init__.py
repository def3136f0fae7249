"""The report of runs: its model, its pictures, its page, and the folder that it is written into."""
