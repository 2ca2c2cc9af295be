"""What people look at: bars, players, reports."""
