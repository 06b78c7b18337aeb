"""Bank statements: a file of any bank -> rows -> payments, each credited once and each with its receipt.

reader.py (file -> rows; pure) stands on recognise, text, delimited, one_c, dbf and sheets; values.py reads a cell.
drafts -> checking -> importing is the way of a file into the books; process.py credits what stands there.
"""
