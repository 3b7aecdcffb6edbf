"""The library's own list: files into lines, lines into titles of the catalogue. Reads only."""
