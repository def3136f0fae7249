"""The base of the app: follows the session, redraws, and guarantees that ctrl+c ends it."""
