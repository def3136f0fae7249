"""The V2 rule recomputed, compared and put into a sentence."""
