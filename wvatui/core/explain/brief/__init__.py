"""Reasons of WVA in shorter lengths."""
