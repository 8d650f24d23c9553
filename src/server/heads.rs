//! Tells the head of the audit log once an hour: in this process's own log, which an operator
//! gathers elsewhere, so that a rewritten end of the audit log shows (SECURITY.md 9.1).
use crate::{
    audit,
    clock::Timestamp,
    keys::{Alg, KeyError, Typ},
    web::App,
};

/// How long nothing is told, in milliseconds.
const HOUR: i64 = 3_600_000;

/// What was told last, and when that was or the server started.
#[derive(Debug, Default)]
pub(super) struct Heads {
    row: i64,
    at: Option<Timestamp>,
}

impl Heads {
    /// Tells the head, once it has not been told for an hour.
    ///
    /// # Errors
    /// The database is away, or no key signs.
    pub(super) async fn tell_hourly(&mut self, app: &App) -> Result<(), KeyError> {
        let now = app.store.now();
        let at = *self.at.get_or_insert(now);
        match now.millis_since(at) < HOUR {
            true => Ok(()),
            false => self.tell(app).await,
        }
    }

    /// Tells the head, if it is another than the last.
    ///
    /// # Errors
    /// As [`Heads::tell_hourly`].
    pub(super) async fn tell(&mut self, app: &App) -> Result<(), KeyError> {
        let now = app.store.now();
        if let Some(head) = audit::head(&app.store).await?
            && head.row != self.row
        {
            let signed = app.keys.sign(Alg::ES256, Typ::AuditHead, &head, now)?;
            let (row, hash) = (head.row, &head.hash);
            tracing::info!(row, hash, signed, "head of the audit log");
            self.row = head.row;
        }
        self.at = Some(now);
        Ok(())
    }
}
