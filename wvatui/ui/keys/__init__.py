"""Every key of the screen in one table, and what the configuration file changes in it."""
