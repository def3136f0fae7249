"""Charts as lines of the screen: the canvas, axes, labels, stages."""
