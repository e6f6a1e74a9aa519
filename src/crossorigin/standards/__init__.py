"""What both halves take from the standards: the Fetch Standard's tables, origins, public suffixes, messages."""
