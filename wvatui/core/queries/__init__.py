"""State to rows and charts, for the screen, CSV and JSON alike."""
