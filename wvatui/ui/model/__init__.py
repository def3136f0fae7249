"""What one redraw looks at, and what a panel and a table are: no widget, no event loop."""
