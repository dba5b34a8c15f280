"""Build time only: 3D anatomy and authored data to maps and the compiled atlas. Not in the wheel."""
