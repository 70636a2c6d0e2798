"""The command line: typer and rich appear only here."""
