"""What a run keeps and writes up: what was visited, how near it came, and the smallest counterexamples."""
