"""The patient list, one patient's page, the course over all visits."""
