"""Metrics pages: the one table of metrics, the parser, histograms; PromQL over their series."""
