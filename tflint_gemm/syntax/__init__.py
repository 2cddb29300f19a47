"""Everything that knows Python's syntax: decoding, parsing, positions, suppressions and source edits."""
