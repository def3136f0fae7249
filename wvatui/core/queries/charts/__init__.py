"""State to series: what charts and heat strips draw, reduced to their columns."""
