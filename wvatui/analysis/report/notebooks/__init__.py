"""Tables, texts and plots of the older experiments' notebooks, under the same file names."""
