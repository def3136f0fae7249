"""Lines, text and layout: the smallest parts a screen is drawn from. Nothing here knows a panel."""
