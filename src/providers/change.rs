//! What managers do with memberships: other roles, hold, end, review (DOMAIN.md 5).
use super::{Membership, Status, is_last_owner, membership, put, queries};
use crate::{
    access::{Role, Roles},
    accounts::session,
    audit::{self, Action, Doer, Event},
    grants::{self, Capacity, Ending, Group},
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// Who manages members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// Who.
    pub doer: Doer,
    /// Whether he is an OWNER of the organization, now.
    pub is_owner: bool,
}

/// Why a membership stays as it is. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberRefusal {
    /// There is no such member.
    NotFound,
    /// The organization would be without an active OWNER (I-21).
    LastOwner,
    /// Nobody gives himself a role (I-22).
    OwnRole,
    /// Only an OWNER grants or takes OWNER, and decides about those who have it (I-22).
    OwnerOnly,
    /// The person has not joined yet.
    WrongState,
}

/// What is to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// The roles, all of them.
    pub roles: Option<Roles>,
    /// Active or on hold.
    pub status: Option<Status>,
}

/// Whether `manager` may make `after` of `before`. I-21 is checked before I-22.
pub fn judge(
    before: &Membership,
    after: &Membership,
    manager: &Manager,
    is_last_owner: bool,
) -> Result<(), MemberRefusal> {
    let has_owner = |membership: &Membership| membership.roles.contains(Role::Owner);
    if is_last_owner && !(has_owner(after) && after.is_active()) {
        return Err(MemberRefusal::LastOwner);
    }
    let gains = after.roles.iter().any(|role| !before.roles.contains(role));
    if gains && manager.doer.account() == Some(before.account) {
        return Err(MemberRefusal::OwnRole);
    }
    let concerns_owner = has_owner(before) != has_owner(after)
        || (has_owner(before) && before.status != after.status);
    if concerns_owner && !manager.is_owner {
        return Err(MemberRefusal::OwnerOnly);
    }
    Ok(())
}

/// Changes roles or status. The caller holds the organization.
///
/// # Errors
/// The database is away.
pub async fn change(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    change: MemberChange,
    manager: &Manager,
) -> Result<Result<Membership, MemberRefusal>, StoreError> {
    let Some(before) = present(tx, account, organization).await? else {
        return Ok(Err(MemberRefusal::NotFound));
    };
    if change.status.is_some() && before.status == Status::Invited {
        return Ok(Err(MemberRefusal::WrongState));
    }
    let after = Membership {
        roles: change.roles.unwrap_or_else(|| before.roles.clone()),
        status: change.status.unwrap_or(before.status),
        ..before.clone()
    };
    settle(tx, (&before, after), manager, Action::MemberChanged).await
}

/// Ends a membership, invited or not. The caller holds the organization, and makes an
/// invitation that waits worth nothing.
///
/// # Errors
/// The database is away.
pub async fn end(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    manager: &Manager,
) -> Result<Result<Membership, MemberRefusal>, StoreError> {
    let Some(before) = present(tx, account, organization).await? else {
        return Ok(Err(MemberRefusal::NotFound));
    };
    let after = Membership {
        status: Status::Ended,
        ..before.clone()
    };
    settle(tx, (&before, after), manager, Action::MemberEnded).await
}

/// Notes that the roles were looked at and found right.
///
/// # Errors
/// The database is away.
pub async fn review(
    tx: &mut Tx,
    (account, organization): (AccountId, OrganizationId),
    manager: &Manager,
) -> Result<Result<Membership, MemberRefusal>, StoreError> {
    if !manager.is_owner {
        return Ok(Err(MemberRefusal::OwnerOnly));
    }
    let Some(before) = present(tx, account, organization).await? else {
        return Ok(Err(MemberRefusal::NotFound));
    };
    let after = Membership {
        last_reviewed_at: Some(tx.now()),
        ..before
    };
    put(tx, &after).await?;
    record(tx, (&after, &after), manager, Action::MemberReviewed).await?;
    Ok(Ok(after))
}

async fn present(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Option<Membership>, StoreError> {
    let found = membership(tx, account, organization).await?;
    Ok(found.filter(|membership| membership.status != Status::Ended))
}

async fn settle(
    tx: &mut Tx,
    (before, after): (&Membership, Membership),
    manager: &Manager,
    action: Action,
) -> Result<Result<Membership, MemberRefusal>, StoreError> {
    let is_last = is_last_owner(tx, before.account, before.organization).await?;
    if let Err(refusal) = judge(before, &after, manager, is_last) {
        return Ok(Err(refusal));
    }
    put(tx, &after).await?;
    if before.is_active() && !after.is_active() {
        let capacity = Capacity::Provider {
            account: after.account,
            organization: after.organization,
        };
        grants::revoke_all(tx, &Group::In(capacity), Ending::RelationEnded).await?;
    }
    if before.is_active() && (before.roles != after.roles || before.status != after.status) {
        session::end_all(tx, after.account, None).await?; // SECURITY.md 5.6
    }
    record(tx, (before, &after), manager, action).await?;
    Ok(Ok(after))
}

/// The event says which roles were before and which are now.
async fn record(
    tx: &mut Tx,
    (before, after): (&Membership, &Membership),
    manager: &Manager,
    action: Action,
) -> Result<(), StoreError> {
    let names = |roles: &Roles| {
        let names: Vec<_> = roles.iter().map(Role::name).collect();
        names.join(" ")
    };
    let mut event = Event::done(action)
        .done_by(&manager.doer)
        .about(after.account)
        .within(after.organization);
    if before.roles != after.roles {
        let (before, after) = (names(&before.roles), names(&after.roles));
        event = event.because(format!("{before} -> {after}"));
    } else if before.status != after.status {
        event = event.because(after.status.name());
    }
    audit::record(tx, event).await
}

/// Somebody accepted: the membership that waits for `waiting` becomes true for `account`.
/// `false` when none waits any more, or `account` is a member already.
///
/// # Errors
/// The database is away.
pub async fn join(
    tx: &mut Tx,
    waiting: AccountId,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    if waiting != account {
        if present(tx, account, organization).await?.is_some() {
            return Ok(false);
        }
        let found = present(tx, waiting, organization).await?;
        let Some(found) = found.filter(|found| found.status == Status::Invited) else {
            return Ok(false);
        };
        queries::delete(tx, waiting, organization).await?;
        put(tx, &Membership { account, ..found }).await?;
    }
    queries::join(tx, account, organization).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u128, roles: &[&str], status: Status) -> Membership {
        Membership {
            account: AccountId::from_uuid(uuid::Uuid::from_u128(id)),
            organization: OrganizationId::from_uuid(uuid::Uuid::from_u128(9)),
            roles: Roles::parse(roles).unwrap(),
            status,
            hcp_id: None,
            last_reviewed_at: None,
        }
    }

    fn manager(id: u128, is_owner: bool) -> Manager {
        Manager {
            doer: Doer::Person(AccountId::from_uuid(uuid::Uuid::from_u128(id))),
            is_owner,
        }
    }

    #[test]
    fn i21_i22_the_last_owner_own_roles_and_owner_are_guarded_in_this_order() {
        use MemberRefusal::{LastOwner, OwnRole, OwnerOnly};
        use Status::{Active, Ended, Suspended};
        let owner = || member(1, &["OWNER"], Active);
        for (after, manager, is_last, answer) in [
            (
                member(1, &["MEMBER"], Active),
                manager(1, true),
                true,
                Err(LastOwner),
            ),
            (
                member(1, &["OWNER"], Ended),
                manager(2, true),
                true,
                Err(LastOwner),
            ),
            (
                member(1, &["OWNER"], Suspended),
                manager(2, false),
                true,
                Err(LastOwner),
            ),
            (
                member(1, &["OWNER", "DISPATCH"], Active),
                manager(1, true),
                true,
                Err(OwnRole),
            ),
            (
                member(1, &["OWNER", "DISPATCH"], Active),
                manager(2, false),
                true,
                Ok(()),
            ),
            (
                member(1, &["MEMBER"], Active),
                manager(2, false),
                false,
                Err(OwnerOnly),
            ),
            (
                member(1, &["OWNER"], Suspended),
                manager(2, false),
                false,
                Err(OwnerOnly),
            ),
            (
                member(1, &["MEMBER"], Active),
                manager(1, true),
                false,
                Err(OwnRole),
            ),
            (
                member(1, &["OWNER"], Ended),
                manager(1, true),
                false,
                Ok(()),
            ),
        ] {
            let given = judge(&owner(), &after, &manager, is_last);
            assert_eq!(given, answer, "{after:?} {manager:?}");
        }
        let nurse = member(1, &["DISPATCH"], Active);
        let promoted = member(1, &["DISPATCH", "OWNER"], Active);
        assert_eq!(
            judge(&nurse, &promoted, &manager(2, false), false),
            Err(OwnerOnly)
        );
        assert_eq!(judge(&nurse, &promoted, &manager(2, true), false), Ok(()));
    }
}
