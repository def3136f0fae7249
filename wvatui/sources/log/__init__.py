"""The controller's log as a source: its container, the Lease holder, and joining streams that were
cut."""
