"""Metrics pages: the one table of metrics, the parser, histograms."""
