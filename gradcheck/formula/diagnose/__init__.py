"""What went wrong in a formula: the known slips that give its numbers, and the smallest change that mends it."""
