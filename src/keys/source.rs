//! Where the key-encryption key comes from: a file in a folder, or a setting.
use std::path::{Path, PathBuf};

use super::{KeyError, kek::Kek, kek_file};
use crate::{random::Random, secret::Secret};

/// Where the key-encryption key comes from. A folder alone is a source as well.
#[derive(Debug, Clone, Copy)]
pub struct KekSource<'a> {
    folder: &'a Path,
    secret: Option<&'a Secret>,
}

impl<'a> KekSource<'a> {
    /// `secret` if there is one, 32 bytes in hex or base64; or else the file in `folder`.
    pub const fn new(folder: &'a Path, secret: Option<&'a Secret>) -> Self {
        Self { folder, secret }
    }

    /// Its folder. `None`: the key is in the settings.
    pub(super) fn folder(&self) -> Option<&'a Path> {
        self.secret.is_none().then_some(self.folder)
    }

    /// The key, where records say that the key `id` sealed them. Never a new one.
    pub(super) fn read(&self, id: &str) -> Result<Kek, KeyError> {
        match self.secret {
            Some(secret) => given(secret),
            None => kek_file::read_sealing(self.folder, id)?.ok_or_else(|| KeyError::KekMissing {
                path: kek_file::path(self.folder),
            }),
        }
    }

    /// The key, where nothing is sealed yet; a file is made if there is none.
    pub(super) fn read_or_make(&self, random: &dyn Random) -> Result<Kek, KeyError> {
        match self.secret {
            Some(secret) => given(secret),
            None => kek_file::read_or_make(self.folder, random),
        }
    }
}

fn given(secret: &Secret) -> Result<Kek, KeyError> {
    let key = secret.to_key().ok_or(KeyError::KekGiven)?;
    Ok(Kek::new(&key))
}

impl<'a> From<&'a Path> for KekSource<'a> {
    fn from(folder: &'a Path) -> Self {
        Self::new(folder, None)
    }
}

impl<'a> From<&'a PathBuf> for KekSource<'a> {
    fn from(folder: &'a PathBuf) -> Self {
        Self::new(folder, None)
    }
}
