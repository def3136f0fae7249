"""Changes made to events between a file and its reader.

They select one namespace, hide credentials, and add the notes that were kept beside the file.
"""
