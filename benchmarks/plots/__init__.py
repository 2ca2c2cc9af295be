"""Pictures of results; matplotlib is an extra, so each module here is imported only to draw."""
