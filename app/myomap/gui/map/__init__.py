"""The body map: sheets, plates, items and the view that shows them."""
