"""Findings about metrics pages: guarded, in percent, of several processes."""
