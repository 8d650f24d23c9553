//! An authentication token of an HCP is made: `thcp_`, 256 random bits and a checksum.
use unicode_normalization::UnicodeNormalization;

use super::{Fault, Hcp, token_queries};
use crate::{
    audit::{self, Action, Doer, Event},
    clock::Timestamp,
    id::{HcpId, HcpTokenId},
    organizations::Organization,
    secret::Secret,
    store::{StoreError, Tx},
};

/// What every token begins with.
pub(super) const PREFIX: &str = "thcp_";
/// Longest name, in characters.
const LONGEST_NAME: usize = 64;

/// A token, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HcpToken {
    /// Its id.
    pub id: HcpTokenId,
    /// Whose it is.
    pub hcp_id: HcpId,
    /// Its name, unique per HCP (I-35).
    pub name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used; noted at most once a minute.
    pub last_used_at: Option<Timestamp>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// 1 to 64 characters.
    pub name: String,
    /// When it is to end.
    pub expires_at: Timestamp,
}

/// Why a token is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Fields do not fit (I-35, I-36).
    Unfit(Vec<Fault>),
    /// Another token of the HCP has the name.
    NameTaken,
}

/// A name, as names are compared.
fn folded(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

fn faults(new: &NewToken, now: Timestamp, most_days: u32) -> Vec<Fault> {
    let name = new.name.trim();
    let mut faults = Vec::new();
    let mut fault = |field, code| faults.push(Fault { field, code });
    if name.is_empty() {
        fault("name", "required");
    } else if name.chars().count() > LONGEST_NAME {
        fault("name", "too_long");
    } else if name.chars().any(char::is_control) {
        fault("name", "control_characters");
    }
    let latest = now.plus_days(i64::from(most_days));
    if new.expires_at <= now {
        fault("expires_at", "in_the_past");
    } else if new.expires_at > latest {
        fault("expires_at", "too_late");
    }
    faults
}

/// Makes a token for the HCP. The secret is returned once and never again (I-36).
///
/// # Errors
/// The database is away.
pub async fn issue_token(
    tx: &mut Tx,
    organization: &Organization,
    hcp: &Hcp,
    new: &NewToken,
    by: &Doer,
) -> Result<Result<(HcpToken, Secret), TokenRefusal>, StoreError> {
    let now = tx.now();
    let faults = faults(new, now, organization.settings.hcp_token_max_days);
    if !faults.is_empty() {
        return Ok(Err(TokenRefusal::Unfit(faults)));
    }
    let secret = Secret::checked(PREFIX, tx.random());
    let token = HcpToken {
        id: tx.id(),
        hcp_id: hcp.id,
        name: new.name.trim().to_owned(),
        expires_at: new.expires_at,
        created_by: by.id(),
        created_at: now,
        last_used_at: None,
    };
    let folded = folded(&token.name);
    if !token_queries::insert(tx, &token, folded, &secret.fingerprint()).await? {
        return Ok(Err(TokenRefusal::NameTaken));
    }
    let event = Event::done(Action::HcpTokenCreated)
        .done_by(by)
        .about(hcp.id)
        .within(organization.id)
        .on(token.id);
    audit::record(tx, event).await?;
    Ok(Ok((token, secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i_36_a_token_ends_within_the_days_allowed() {
        let now = Timestamp::from_seconds(1_000_000);
        let day = 24 * 60 * 60;
        for (seconds, codes) in [
            (0, vec!["in_the_past"]),
            (1, vec![]),
            (day, vec![]),
            (day + 1, vec!["too_late"]),
        ] {
            let new = NewToken {
                name: "sync".to_owned(),
                expires_at: now.plus_seconds(seconds),
            };
            let found = faults(&new, now, 1);
            let found: Vec<_> = found.iter().map(|fault| fault.code).collect();
            assert_eq!(found, codes, "{seconds}");
        }
    }

    #[test]
    fn i_35_names_are_compared_without_case() {
        assert_eq!(folded("Nightly SYNC É"), folded("nightly sync é"));
        assert_ne!(folded("sync"), folded("sync 2"));
    }
}
