"""What the older experiments' notebooks gave, under their file names: tables, texts, plots."""
