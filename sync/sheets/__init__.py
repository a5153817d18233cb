"""Edge: the team's sheet, in Google Sheets or in a workbook file.  Moves cells and decides nothing."""
