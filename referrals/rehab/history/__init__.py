"""A programme's history, as its team kept it in a spreadsheet, brought in by `manage.py import_o2r`.

Read and checked (`lines`), told reference by reference with what is already recorded (`telling`), with the
agencies, units, staff and places it names (`known`); then walked through the real steps (`walk`). The format is
docs/import-o2r.md.
"""
