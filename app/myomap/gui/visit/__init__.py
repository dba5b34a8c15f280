"""The visit as a path beside the maps."""
