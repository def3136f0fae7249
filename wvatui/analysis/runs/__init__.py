"""A run: one session with its load window, warm-up, stages, label and repetition."""
