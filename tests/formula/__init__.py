"""Students' formulas: read, judged, explained."""
