//! Another key-encryption key: everything sealed is sealed anew.
//!
//! The order survives a crash at any point. The new key is on disk before anything is
//! sealed with it; all rows change in one transaction; then the new key takes the place
//! of the old one, which is kept beside it. Whoever starts between the last two steps
//! finds rows that the waiting key opens, and puts it in place
//! ([`super::kek_file::read_sealing`]).
use std::path::{Path, PathBuf};

use super::{
    KekSource, KeyError, UnsealError, kek::Kek, kek_file, macs::Macs, queries, read_macs, ring,
};
use crate::{
    random::Random,
    store::{Store, Topic, Tx},
};

/// A change of the key-encryption key that is prepared: the new key lies on disk.
pub struct Rewrap {
    old: Kek,
    new: Kek,
    macs: Macs,
    /// Where the new key waits to take the old one's place.
    folder: Option<PathBuf>,
}

impl Rewrap {
    /// Reads the present key, which must open what `store` holds, and makes the next:
    /// in `target`, a file that a setting will name, or else in the source's own folder.
    /// `None` when everything is sealed with the key in `target` already.
    ///
    /// # Errors
    /// The present key is missing or another; the next cannot be written; there is
    /// nowhere to put it.
    pub async fn prepare(
        store: &Store,
        source: KekSource<'_>,
        target: Option<&Path>,
    ) -> Result<Option<Self>, KeyError> {
        let mut tx = store.read().await?;
        let sealed_by = queries::sealed_by(&mut tx).await?;
        let id = sealed_by.ok_or(KeyError::NothingSealed)?;
        if let Some(path) = target.filter(|path| path.exists())
            && kek_file::written(path, store.random())?.id() == id
        {
            return Ok(None);
        }
        let old = source.read(&id)?;
        let macs = read_macs(&old, &mut tx).await?;
        drop(tx);
        let (new, folder) = match (target, source.folder()) {
            (Some(path), _) => (kek_file::written(path, store.random())?, None),
            (None, Some(folder)) => {
                let new = kek_file::next(folder, store.random())?;
                (new, Some(folder.to_owned()))
            }
            (None, None) => return Err(KeyError::NoPlace),
        };
        Ok(Some(Self {
            old,
            new,
            macs,
            folder,
        }))
    }

    /// The id of the key that ends.
    pub fn old_id(&self) -> &str {
        self.old.id()
    }

    /// The id of the key that follows.
    pub fn new_id(&self) -> &str {
        self.new.id()
    }

    /// Seals one record anew under the same `context`: for modules that keep sealed
    /// records of their own.
    ///
    /// # Errors
    /// The present key does not open it.
    pub fn reseal(
        &self,
        context: &[&str],
        sealed: &str,
        random: &dyn Random,
    ) -> Result<String, UnsealError> {
        let plain = self.old.unseal(context, sealed)?;
        Ok(self.new.seal(context, &plain, random))
    }

    /// Seals the signing keys and the root of MACs anew; gives how many records. The
    /// caller lets other modules do theirs, audits, commits, then calls [`Rewrap::finish`].
    ///
    /// # Errors
    /// A record does not open, the database is away.
    pub async fn carry_out(&self, tx: &mut Tx) -> Result<usize, KeyError> {
        let mut count = 1;
        for row in queries::all(tx).await? {
            if row.private_key.is_empty() {
                continue; // its time is over, and its private half forgotten
            }
            let context = ring::context(&row.kid, row.alg()?, &row.public_key);
            let sealed = self.reseal(&context, &row.private_key, tx.random());
            let sealed = sealed.map_err(|reason| KeyError::Sealed {
                kid: row.kid.clone(),
                reason,
            })?;
            queries::set_private_key(tx, &row.kid, sealed).await?;
            count += 1;
        }
        let root = self.new.seal(&MAC_ROOT, self.macs.root(), tx.random());
        queries::set_key_encryption(tx, self.new.id(), root).await?;
        tx.touch(Topic::Keys);
        Ok(count)
    }

    /// Puts the new key in place, once the transaction is committed. Gives where the old
    /// one is kept; `None` when the setting is the operator's to change.
    ///
    /// # Errors
    /// The folder cannot be written; the next start tries again.
    pub fn finish(self) -> Result<Option<PathBuf>, KeyError> {
        self.folder
            .map_or(Ok(None), |folder| kek_file::promote(&folder))
    }
}

/// What the root of MACs is sealed under.
pub(super) const MAC_ROOT: [&str; 2] = ["key_encryption", "mac_root"];
