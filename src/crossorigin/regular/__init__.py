"""The regular expressions of `allow_origin_regex`: parsed, matched in linear time, and judged."""
