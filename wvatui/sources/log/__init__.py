"""The controller's log as a source: its container, its holder, and what cuts a followed stream."""
