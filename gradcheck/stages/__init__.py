"""The stages of a check: the contract, a hearing of the oracles, a vote; what is forgiven, and where to look closer."""
