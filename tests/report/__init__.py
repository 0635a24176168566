"""The views of what is found, and the samples of them that are kept."""
