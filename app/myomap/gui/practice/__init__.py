"""The practice in the window: making it, unlocking, who works, the one door for changes."""
