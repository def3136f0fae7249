"""Findings about what KEDA does, or was told not to do."""
