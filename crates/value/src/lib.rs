//! Says what a Deluge value is, and how it prints, compares, converts.
