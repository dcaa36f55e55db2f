"""Divert's history, as a spreadsheet has it, brought in by `manage.py import_divert`.

Its columns (`lines`), the names it holds (`known`), what it tells of each person laid over what is recorded
(`telling`), and the way through the real steps (`walk`). The format is docs/import-divert.md.
"""
