"""Themes: TOML files, checked whole before anything is drawn with them."""
