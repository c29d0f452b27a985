//! Is the program `dg`.

fn main() {}
