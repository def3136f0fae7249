"""Findings about HPAs and ScaledObjects."""
