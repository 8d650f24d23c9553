//! What every face shares.
mod address;
mod app;
mod request;

pub use address::client_address;
pub use app::{App, AppParts};
pub use request::{ClientAddress, RequestOrigin, request_id};
