"""What the patient sees: a clean screen in plain words."""
