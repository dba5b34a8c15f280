"""Patients, visits, findings, needling as frozen values; edits; use cases; ports."""
