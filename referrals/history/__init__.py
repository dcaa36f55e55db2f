"""What spreadsheets of any programme's history have in common.

A programme has a command of its own, its columns, and its own way through the real steps. Here are: reading lines
(`lines`), the names they hold (`known`), laying what they tell over what is recorded (`telling`), filling in what the
record lacked (`completing`), and the command around it (`command`).
"""
