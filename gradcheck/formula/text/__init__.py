"""What a person writes becomes a tree: from LaTeX, Unicode, plain text or NumPy, through tokens and names."""
