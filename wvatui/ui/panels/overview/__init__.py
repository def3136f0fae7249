"""Panels of the overview, with the header, the banner and a variant opened with enter."""
