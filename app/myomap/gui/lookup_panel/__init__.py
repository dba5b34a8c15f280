"""Published patterns beside the drawing."""
