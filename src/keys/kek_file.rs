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
use crate::{random::Random, secret::Secret};

/// The file's name inside `keys_dir`.
const FILE: &str = "key-encryption-key";

/// Where the key of `folder` lies.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Where the next key of `folder` waits until everything is sealed with it.
pub(super) fn next_path(folder: &Path) -> PathBuf {
    folder.join(format!("{FILE}.next"))
}

/// The key of `folder`. `None` when there is none.
pub(super) fn read(folder: &Path) -> Result<Option<Kek>, KeyError> {
    read_at(path(folder))
}

fn read_at(path: PathBuf) -> Result<Option<Kek>, KeyError> {
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

/// The key of `folder` where records say that the key `id` sealed them. If that is the
/// next one, whoever changed keys was cut short, and it takes its place now.
pub(super) fn read_sealing(folder: &Path, id: &str) -> Result<Option<Kek>, KeyError> {
    let present = read(folder)?;
    if present.as_ref().is_some_and(|kek| kek.id() == id) {
        return Ok(present);
    }
    match read_at(next_path(folder))? {
        Some(next) if next.id() == id => {
            if let Err(error) = promote(folder) {
                tracing::warn!(%error, "the next key-encryption key is in use, but cannot take its place");
            }
            Ok(Some(next))
        }
        // another process may have put it in place between the two looks
        _ => read(folder),
    }
}

/// The next key of `folder`, made if there is none.
pub(super) fn next(folder: &Path, random: &dyn Random) -> Result<Kek, KeyError> {
    let path = next_path(folder);
    make(&path, |key| key.to_vec(), random).map_err(|source| KeyError::File {
        path: path.clone(),
        source,
    })?;
    read_at(path.clone())?.ok_or(KeyError::KekMissing { path })
}

/// Puts the next key of `folder` in the present one's place in one step. Gives where
/// the present one is kept.
pub(super) fn promote(folder: &Path) -> Result<Option<PathBuf>, KeyError> {
    let kept = read(folder)?.map(|kek| folder.join(format!("{FILE}.{}", kek.id())));
    let failed = |source| KeyError::File {
        path: path(folder),
        source,
    };
    if let Some(kept) = &kept {
        match fs::hard_link(path(folder), kept) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
    }
    fs::rename(next_path(folder), path(folder)).map_err(failed)?;
    sync(folder).map_err(failed)?;
    Ok(kept)
}

/// The key that the file at `path` holds in hex or base64, made in hex if there is none.
pub(super) fn written(path: &Path, random: &dyn Random) -> Result<Kek, KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let hex = |key: &[u8; LENGTH]| format!("{}\n", hex::encode(key)).into_bytes();
    if !path.exists() {
        make(path, hex, random).map_err(failed)?;
    }
    let text = Secret::new(fs::read_to_string(path).map_err(failed)?);
    match text.to_key() {
        Some(key) => Ok(Kek::new(&key)),
        None => Err(KeyError::KekText {
            path: path.to_owned(),
        }),
    }
}

/// The key of `folder`, made if there is none.
pub(super) fn read_or_make(folder: &Path, random: &dyn Random) -> Result<Kek, KeyError> {
    if let Some(kek) = read(folder)? {
        return Ok(kek);
    }
    let path = path(folder);
    make(&path, |key| key.to_vec(), random).map_err(|source| KeyError::File {
        path: path.clone(),
        source,
    })?;
    read(folder)?.ok_or(KeyError::KekMissing { path })
}

/// Makes the file at `path` with a fresh key as `form` writes it, unless it is there.
fn make(
    path: &Path,
    form: impl Fn(&[u8; LENGTH]) -> Vec<u8>,
    random: &dyn Random,
) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
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
    let text = Zeroizing::new(form(&key));
    let made = write(&draft, &text).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let _ = fs::remove_file(&draft); // a leftover is harmless: nobody reads it
    made?;
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
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
    fn a_next_key_takes_its_place_once_records_are_sealed_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let first = read_or_make(folder, &SeededRandom::new(1)).unwrap();
        let second = next(folder, &SeededRandom::new(2)).unwrap();
        let again = next(folder, &SeededRandom::new(3)).unwrap();
        assert_eq!(again.id(), second.id(), "a second attempt takes the same");
        let sealing = |id: &str| read_sealing(folder, id).unwrap().unwrap().id().to_owned();
        assert_eq!(sealing(first.id()), first.id());
        assert_eq!(sealing("unknown"), first.id());
        assert!(next_path(folder).exists());
        assert_eq!(sealing(second.id()), second.id());
        assert!(!next_path(folder).exists());
        assert_eq!(read(folder).unwrap().unwrap().id(), second.id());
        let kept = folder.join(format!("{FILE}.{}", first.id()));
        assert_eq!(read_at(kept).unwrap().unwrap().id(), first.id());
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
