//! Letters to people: a row in the deed's own transaction now, sent afterwards.
//!
//! Owns `mail_outbox` and `undelivered_letters`. A deed calls [`Mailer::post`]; [`Mailer::run`] takes letters whose turn
//! it is, one node each, and hands them to the transport: a folder of files, or a mail
//! server. Since a letter may hold a link or a code, its row is sealed, and it is deleted
//! once the letter has left, or when nobody takes it: then its id stands among the undelivered.
mod letter;
mod queries;
mod relation;
mod transport;

use std::{sync::Arc, time::Duration};

use crate::{
    config::Mail,
    keys::{Keys, Rewrap},
    store::{Store, StoreError, Tx},
};

pub use letter::{Letter, Recipient};
pub use relation::{RelationLetter, RelationNews};
pub use transport::TransportError;
use transport::{Gateway, Transport};

/// How often the outbox is looked at.
const INTERVAL: Duration = Duration::from_millis(400);
/// How many times a letter is tried.
const ATTEMPTS: i64 = 12;
/// Seconds for which a letter belongs to the node that took it.
const TURN: i64 = 60;

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    keys: Arc<Keys>,
    transport: Transport,
}

impl Mailer {
    /// Sends as `config` says; the server presents itself as `host`.
    ///
    /// # Errors
    /// The mail server's address cannot be used.
    pub fn new(
        (config, texts): (&Mail, Option<Gateway>),
        host: &str,
        keys: Arc<Keys>,
    ) -> Result<Self, TransportError> {
        let transport = Transport::new(config, texts, host)?;
        Ok(Self(Arc::new(Inner { keys, transport })))
    }

    /// Posts `letter` with the deed of `tx`: it leaves once that is committed. Gives the
    /// letter's id.
    ///
    /// # Errors
    /// The database is away.
    pub async fn post(
        &self,
        tx: &mut Tx,
        to: &Recipient,
        letter: &Letter,
    ) -> Result<String, StoreError> {
        let id = tx.id::<kinds::Letter>().to_string();
        let seal = |what: &'static str, plain: Vec<u8>, tx: &Tx| {
            self.0
                .keys
                .seal(&["mail_outbox", &id, what], &plain, tx.random())
        };
        let recipient = seal("recipient", json(to)?, tx);
        let letter = seal("letter", json(letter)?, tx);
        queries::insert(tx, &id, (recipient, letter)).await?;
        Ok(id)
    }

    /// Sends what waits, now and again, until dropped.
    pub async fn run(&self, store: &Store) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.send_waiting(store).await {
                tracing::warn!(%error, "letters wait");
            }
        }
    }

    /// Sends every letter whose turn it is.
    ///
    /// # Errors
    /// The database is away.
    pub async fn send_waiting(&self, store: &Store) -> Result<(), StoreError> {
        if !queries::is_any_due(&mut store.read().await?).await? {
            return Ok(());
        }
        loop {
            let mut tx = store.write().await?;
            let taken = queries::take(&mut tx, TURN).await?;
            tx.commit().await?;
            let Some(taken) = taken else {
                return Ok(());
            };
            let sent = self.send(&taken).await;
            let mut tx = store.write().await?;
            match sent {
                Ok(()) => queries::delete(&mut tx, &taken.id).await?,
                Err(error) if error.is_final() || taken.attempts >= ATTEMPTS => {
                    tracing::error!(%error, letter = taken.id, "a letter is given up");
                    queries::delete(&mut tx, &taken.id).await?;
                    queries::note_undelivered(&mut tx, &taken.id).await?;
                }
                Err(error) => {
                    let wait = 15_i64 << taken.attempts.clamp(0, 8);
                    tracing::warn!(%error, letter = taken.id, wait, "a letter did not leave");
                    queries::put_off(&mut tx, &taken.id, wait).await?;
                }
            }
            tx.commit().await?;
        }
    }

    async fn send(&self, taken: &queries::Taken) -> Result<(), TransportError> {
        let open = |what: &'static str, sealed: &str| {
            let context = ["mail_outbox", taken.id.as_str(), what];
            self.0
                .keys
                .unseal(&context, sealed)
                .map_err(|_| TransportError::Unreadable)
        };
        let recipient = open("recipient", &taken.recipient)?;
        let letter = open("letter", &taken.letter)?;
        let unreadable = |_| TransportError::Unreadable;
        let recipient: Recipient = serde_json::from_slice(&recipient).map_err(unreadable)?;
        let letter: Letter = serde_json::from_slice(&letter).map_err(unreadable)?;
        self.0.transport.send(&taken.id, &recipient, &letter).await
    }
}

/// Seals the letters that wait anew, for `keys rewrap`; gives how many records. A letter that
/// does not open could not be sent either, and goes.
///
/// # Errors
/// The database is away.
pub async fn reseal(tx: &mut Tx, rewrap: &Rewrap) -> Result<usize, StoreError> {
    let mut count = 0;
    for waiting in queries::all(tx).await? {
        let again = |what: &'static str, sealed: &str, tx: &Tx| {
            let context = ["mail_outbox", waiting.id.as_str(), what];
            rewrap.reseal(&context, sealed, tx.random())
        };
        let recipient = again("recipient", &waiting.recipient, tx);
        let letter = again("letter", &waiting.letter, tx);
        match (recipient, letter) {
            (Ok(recipient), Ok(letter)) => {
                queries::replace(tx, &waiting.id, (recipient, letter)).await?;
                count += 2;
            }
            _ => queries::delete(tx, &waiting.id).await?,
        }
    }
    Ok(count)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Corrupt {
        what: "mail_outbox",
        value: error.to_string(),
    })
}

/// The kind of a letter's id.
mod kinds {
    #[derive(Debug)]
    pub(super) enum Letter {}
}
