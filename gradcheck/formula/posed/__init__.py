"""A problem as it is posed, and what follows from it: points with slopes, routes, and their picture."""
