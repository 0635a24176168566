"""Right gradients that provoke false alarms, and wrong ones that slip through, each with an independent truth."""
