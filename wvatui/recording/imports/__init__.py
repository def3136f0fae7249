"""Importers of other tools' files, which turn their records into events."""
