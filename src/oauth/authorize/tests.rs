//! The dispatcher as a table.
