//! The `tutela` program.
use std::process::ExitCode;

/// Passwords are hashed in blocks of many megabytes: this allocator gives them back.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    tutela::commands::main()
}
