"""The app put together: start and end, the command line of the screen, the theme preview."""
