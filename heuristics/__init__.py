"""Path finders: fast, a plan or none."""
