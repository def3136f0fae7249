"""Dialogs: screens shown over the main screen."""
