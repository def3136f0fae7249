"""Charts as lines of the screen: the canvas (drawn by plotext), axes, labels, load stages."""
