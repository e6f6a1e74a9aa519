"""What an operator declares: `Policy`, its validation, its problems, and where it is read from."""
