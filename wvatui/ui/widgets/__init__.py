"""Building blocks of panels."""
