"""The skin as cells: strokes to cells, cells to outlines, area, overlap. Arrays and shapes only."""
