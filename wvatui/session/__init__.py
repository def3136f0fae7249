"""A session from its first event to its last: live, replayed, headless, or as lines of text."""
