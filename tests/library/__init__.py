"""Tests of the library, of its documents, and of the files for other programs."""
