"""Panels of the details that enter opens: of a variant, of a pod."""
