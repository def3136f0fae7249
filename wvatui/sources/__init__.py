"""Where events come from: one file per source of a live cluster, and the ones that read files."""
