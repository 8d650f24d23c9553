//! The members of an organization as lists show them.
use super::{Membership, Status, queries};
use crate::{
    access::Role,
    clock::Timestamp,
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Only this person.
    pub account: Option<AccountId>,
    /// Part of the name or e-mail address.
    pub text: Option<String>,
    /// Only with this role.
    pub role: Option<Role>,
    /// Only with this status.
    pub status: Option<Status>,
}

/// A member, with what the list shows of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership.
    pub membership: Membership,
    /// The person's name; what the invitation says as long as it waits.
    pub name: String,
    /// His e-mail address; where the invitation went as long as it waits.
    pub email: Option<String>,
    /// When he last signed in. `None` as long as the invitation waits.
    pub last_sign_in_at: Option<Timestamp>,
    /// When he was invited or declared.
    pub created_at: Timestamp,
}

impl Member {
    /// Whether nobody looked at the roles for `days`.
    pub fn is_review_due(&self, days: u32, now: Timestamp) -> bool {
        let since = self.membership.last_reviewed_at.unwrap_or(self.created_at);
        self.membership.is_active() && since.plus_days(i64::from(days)) < now
    }
}

/// One member who has not left.
///
/// # Errors
/// The database is away.
pub async fn member(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<Member>, StoreError> {
    let filter = MemberFilter {
        account: Some(account),
        ..MemberFilter::default()
    };
    let found = queries::members(tx, organization, &filter, ("", 1)).await?;
    Ok(found.into_iter().next())
}

/// Members that have not ended, oldest account first: those after `after`, at most `rows`.
///
/// # Errors
/// The database is away.
pub async fn members(
    tx: &mut Tx,
    organization: OrganizationId,
    filter: &MemberFilter,
    page: (&str, i64),
) -> Result<Vec<Member>, StoreError> {
    queries::members(tx, organization, filter, page).await
}
