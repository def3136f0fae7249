"""A session from its first event to its last: live, replayed, headless, or line by line."""
