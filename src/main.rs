//! The `tutela` program.
use std::process::ExitCode;

fn main() -> ExitCode {
    tutela::commands::main()
}
