"""Reasons of HPAs and KEDA in shorter lengths."""
