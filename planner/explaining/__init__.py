"""Saying why: who waits for whom, what blocks an impossible pool, what would unlock it, who gets full."""
