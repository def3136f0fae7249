"""Lines, text formats and symbols: the smallest parts of a screen, independent of any panel."""
