"""Tests of the library, of its documents, and of what other programs read."""
