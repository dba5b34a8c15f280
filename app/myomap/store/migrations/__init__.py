"""Alembic's scripts. Each step imports nothing of myomap: it must do in ten years what it does now."""
