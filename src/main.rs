//! The `tutela` program.
fn main() {}
