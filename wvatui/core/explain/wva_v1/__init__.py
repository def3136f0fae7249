"""The V1 rule recomputed, compared and put into a sentence."""
