"""The input of one redraw, and the types of panels and tables: no widget, no event loop."""
