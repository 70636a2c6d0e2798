"""The options of all commands, declared once: see `table`."""
