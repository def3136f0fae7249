"""Exports of a session: a snapshot of one moment, or whole tables as files and data frames."""
