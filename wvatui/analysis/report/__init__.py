"""The report of runs: its data, its pictures, its page, and the folder that it is written into."""
