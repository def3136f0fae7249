"""The sources of a live cluster's events, one file each, and what several of them share."""
