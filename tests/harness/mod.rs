//! The vocabulary of the tests.
mod database;

pub(crate) use database::Database;
