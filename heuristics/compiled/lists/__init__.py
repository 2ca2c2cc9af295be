"""List schedules, compiled."""
