"""The servers inside pods: metrics pages of engines and pickers, and the Prometheus that scrapes
them."""
