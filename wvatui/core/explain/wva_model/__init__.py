"""The model-based rule recomputed, compared and put into a sentence."""
