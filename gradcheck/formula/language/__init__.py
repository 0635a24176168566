"""The language of formulas, whatever they are about: trees, what they are worth, derived, simplified, written."""
