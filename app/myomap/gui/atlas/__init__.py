"""The Atlas place: maps, tree, inspector, search."""
