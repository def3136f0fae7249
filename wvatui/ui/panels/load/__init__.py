"""Panels of the load view: jobs, the selected one, stages, results."""
