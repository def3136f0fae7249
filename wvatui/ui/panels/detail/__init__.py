"""Panels of what was opened with enter: a variant, a pod."""
