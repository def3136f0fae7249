"""The page of a report: its sections as plain blocks, and the single HTML file made from them."""
