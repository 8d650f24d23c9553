//! `tutela openapi`.
use std::process::ExitCode;

use super::{Ending, print};

pub(super) fn run() -> Ending {
    print(&crate::api::openapi())?;
    Ok(ExitCode::SUCCESS)
}
