"""Programs that are read and never imported: after `#:` stand the codes, and the settings that the run decides."""
