"""The app: its start and end, the command line of the screen, the preview of themes."""
