"""Charts as lines of the screen: the canvas (plotext lives here only), axes, labels, stages."""
