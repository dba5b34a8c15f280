"""Values of anatomy: structures, views, trigger points, patterns, knowledge. No Qt, no SQL, no files."""
