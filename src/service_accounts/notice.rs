//! The config Owners are told before a key ends.
use super::notice_queries::{self, DueKey};
use crate::{
    access::ConfigRole,
    accounts,
    clock::Timestamp,
    config_users,
    id::{OrganizationId, ServiceAccountId},
    mail::{Letter, Mailer},
    organizations,
    store::{StoreError, Tx},
};

const DAY: i64 = 24 * 60 * 60;

/// How many days before its end a key's Owners get a letter. The last first: whoever gets that
/// needs none of the others any more.
const NOTICES: [i64; 2] = [3, 14];

/// The most Owners of an organization who get a letter.
const MOST_OWNERS: i64 = 1000;

/// Posts the letters that are due, each once, also where several nodes do it at a time. A key
/// that was replaced ends on purpose, and one that was made for less time than the notice is
/// known to end: nobody is told. `page` is where a machine is looked after.
///
/// # Errors
/// The database is away.
pub async fn remind(
    tx: &mut Tx,
    mailer: &Mailer,
    page: impl Fn(OrganizationId, ServiceAccountId) -> String,
) -> Result<(), StoreError> {
    let now = tx.now();
    for days in NOTICES {
        for key in notice_queries::due(tx, days).await? {
            if notice_queries::mark(tx, key.id, days).await? {
                tell(
                    tx,
                    mailer,
                    &key,
                    (now, &page(key.organization, key.service_account)),
                )
                .await?;
            }
        }
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    mailer: &Mailer,
    key: &DueKey,
    (now, link): (Timestamp, &str),
) -> Result<(), StoreError> {
    let Some(organization) = organizations::get(tx, key.organization).await? else {
        return Ok(());
    };
    let left = key.expires_at.millis_since(now);
    let letter = Letter::KeyEnds {
        organization: organization.name.clone(),
        service_account: key.service_account_name.clone(),
        key: key.name.clone(),
        days: left / (DAY * 1000) + 1,
        link: link.to_owned(),
    };
    let all = config_users::config_users(tx, key.organization, ("", MOST_OWNERS)).await?;
    let grants = all.into_iter().map(|user| user.grant);
    for owner in grants.filter(|g| g.is_active() && g.role == ConfigRole::Owner) {
        accounts::tell(tx, mailer, owner.account, &letter).await?;
    }
    Ok(())
}
