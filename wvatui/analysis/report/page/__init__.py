"""The page of a report: its sections as plain blocks, and the one file of HTML made of them."""
