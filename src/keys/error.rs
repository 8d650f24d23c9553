//! Why keys cannot be had or used.
use std::path::PathBuf;

use super::{Alg, UnsealError};
use crate::store::StoreError;

/// Why keys cannot be had or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database is away, or holds what this program does not write.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key-encryption key cannot be read or made.
    #[error("cannot read or make {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of the key-encryption key is cut or is something else.
    #[error("{} must hold exactly 32 bytes; restore it from a backup", path.display())]
    KekLength {
        /// The file.
        path: PathBuf,
    },
    /// A file that is to hold a key-encryption key as text holds something else.
    #[error("{} must hold 32 bytes as 64 hex digits or base64", path.display())]
    KekText {
        /// The file.
        path: PathBuf,
    },
    /// The setting is no key. Settings are checked, so this is for other callers.
    #[error("keys_secret must be 32 bytes as 64 hex digits or base64")]
    KekGiven,
    /// The key-encryption key cannot be changed before the first start.
    #[error(
        "nothing is sealed yet, so no other key-encryption key is needed; start the server first"
    )]
    NothingSealed,
    /// The key is a setting, which this program cannot change.
    #[error(
        "the key-encryption key comes from keys_secret; name a file for the new one with \
         --new-key-file FILE"
    )]
    NoPlace,
    /// The sealed root of MACs does not open.
    #[error("the database cannot be read with this key-encryption key: {0}")]
    MacRoot(UnsealError),
    /// Sealed keys are there, but what opens them is not. A new key would not help.
    #[error(
        "the database holds signing keys, but the key-encryption key {} that opens them is missing; \
         restore it from a backup, or point keys_dir to it",
        path.display()
    )]
    KekMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A signing key does not open.
    #[error("the signing key {kid} cannot be decrypted: {reason}")]
    Sealed {
        /// Which one.
        kid: String,
        /// Why.
        reason: UnsealError,
    },
    /// A signing key opens, but is not a key of its algorithm.
    #[error("the signing key {kid} is damaged")]
    Damaged {
        /// Which one.
        kid: String,
    },
    /// A key could not be made.
    #[error("cannot make a key for {0}")]
    Generate(Alg),
    /// No key signs with this algorithm at present.
    #[error("no key signs with {0} at present")]
    NotActive(Alg),
    /// `jsonwebtoken` was used before it was told how to sign here.
    #[error("another provider of jsonwebtoken is in use; call keys::install_jwt_provider first")]
    Provider,
    /// The claims could not be written or signed.
    #[error("cannot sign: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}
