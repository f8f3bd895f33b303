"""Values -> words, cells and rows. Knows no terminal library: everything here can be tested as text."""
