"""The throughcare plan: what each agency does for a person before and after they leave rehab."""
