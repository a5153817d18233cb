"""Edge: hands over finished messages and reads answers.  Decides nothing."""
