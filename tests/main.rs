//! One binary: a folder per capability, driven through a real server.
mod harness;
mod store;
