//! The file that holds the key-encryption key.
//!
//! It is made once, atomically: written whole under another name and then linked to
//! its own, which fails when somebody else was first. So processes that start at once
//! all read the same key.
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    KeyError,
    kek::{Kek, LENGTH},
};
use crate::random::Random;

/// The file's name inside `keys_dir`.
const FILE: &str = "key-encryption-key";

/// Where the key of `folder` lies.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The key of `folder`. `None` when there is none.
pub(super) fn read(folder: &Path) -> Result<Option<Kek>, KeyError> {
    let path = path(folder);
    let bytes = match fs::read(&path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KeyError::File { path, source }),
    };
    let mode = fs::metadata(&path).map_or(0, |m| m.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(),
            "others on this machine may read the key-encryption key; run chmod 600"
        );
    }
    match <&[u8; LENGTH]>::try_from(bytes.as_slice()) {
        Ok(key) => Ok(Some(Kek::new(key))),
        Err(_) => Err(KeyError::KekLength { path }),
    }
}

/// The key of `folder`, made if there is none.
pub(super) fn read_or_make(folder: &Path, random: &dyn Random) -> Result<Kek, KeyError> {
    if let Some(kek) = read(folder)? {
        return Ok(kek);
    }
    make(folder, random).map_err(|source| KeyError::File {
        path: path(folder),
        source,
    })?;
    read(folder)?.ok_or_else(|| KeyError::KekMissing { path: path(folder) })
}

fn make(folder: &Path, random: &dyn Random) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut name = [0; 8];
    random.fill(&mut name);
    let draft = format!(".{FILE}.{}.{}", std::process::id(), hex::encode(name));
    let draft = folder.join(draft);
    let mut key = Zeroizing::new([0; LENGTH]);
    random.fill(key.as_mut());
    let made =
        write(&draft, key.as_ref()).and_then(|()| match fs::hard_link(&draft, path(folder)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let _ = fs::remove_file(&draft); // a leftover is harmless: nobody reads it
    made?;
    fs::File::open(folder)?.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn the_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep/keys");
        let ids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..20)
                .map(|seed| {
                    let folder = &folder;
                    scope.spawn(move || {
                        let kek = read_or_make(folder, &SeededRandom::new(seed));
                        kek.unwrap().id().to_owned()
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&path(&folder)), 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_another_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(path(folder.path()), [0; 31]).unwrap();
        assert!(matches!(
            read(folder.path()),
            Err(KeyError::KekLength { .. })
        ));
    }
}
