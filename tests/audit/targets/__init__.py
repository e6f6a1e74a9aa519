"""Servers with the mistakes of real life, and sound ones: what `audit` must find in each, and nothing else."""
