//! `--prune`: ending what is stored in a declared organization and not declared. Accounts
//! stay, since they may belong elsewhere, too; what they may do here ends.
use super::{
    apply::{ApplyError, Run},
    declared::Organization,
    parts, people, relations,
    service_accounts::is_same_key,
};
use crate::{
    accounts, clients, config_users,
    grants::{self, Ending, Group},
    guardianship::{self, EndedReason},
    id::{AccountId, OrganizationId},
    providers, service_accounts,
};

pub(super) async fn prune(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    prune_clients(run, organization, declared).await?;
    prune_service_accounts(run, organization, declared).await?;
    prune_people(run, organization, declared).await
}

async fn prune_clients(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    for id in clients::ids_of(run.tx, organization).await? {
        if declared.clients.iter().all(|client| client.id != id) {
            grants::revoke_all(run.tx, &Group::Client(id.clone()), Ending::ClientEnded).await?;
            clients::delete(run.tx, &id).await?;
            run.changes.removed(format!("client {id}"));
        }
    }
    Ok(())
}

async fn prune_service_accounts(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    for id in service_accounts::ids_of(run.tx, organization).await? {
        let Some(stored) = service_accounts::find(run.tx, id).await? else {
            continue;
        };
        let same = declared
            .service_accounts
            .iter()
            .find(|account| match account.id {
                Some(id) => id == stored.id,
                None => account.name == stored.name,
            });
        let Some(same) = same else {
            if stored.is_active {
                run.changes
                    .removed(format!("service account {}", stored.name));
                service_accounts::disable(run.tx, stored).await?;
            }
            continue;
        };
        for key in &stored.keys {
            let is_declared = same.keys.iter().any(|declared| is_same_key(declared, key));
            if !is_declared && key.revoked_at.is_none() {
                service_accounts::revoke_key(run.tx, key.id).await?;
                run.changes
                    .removed(format!("api key {} of {}", key.name, stored.name));
            }
        }
    }
    Ok(())
}

async fn prune_people(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    let (mut staff, mut configurers) = (Vec::new(), Vec::new());
    for person in &declared.people {
        let found = people::find(run.tx, Some(organization), person).await?;
        let Some(id) = found else { continue };
        if person.roles.is_some() {
            staff.push(id);
        }
        if person.config.is_some() {
            configurers.push(id);
        }
    }
    for id in providers::accounts_of(run.tx, organization).await? {
        if !staff.contains(&id)
            && let Some(mut membership) = providers::membership(run.tx, id, organization).await?
        {
            membership.status = providers::Status::Ended;
            providers::put(run.tx, &membership).await?;
            end(run, id, organization, "membership").await?;
        }
    }
    for id in config_users::accounts_of(run.tx, organization).await? {
        if !configurers.contains(&id)
            && let Some(mut grant) = config_users::config_grant(run.tx, id, organization).await?
        {
            grant.status = config_users::Status::Ended;
            config_users::put(run.tx, &grant).await?;
            end(run, id, organization, "config grant").await?;
        }
    }
    prune_relations(run, organization, declared).await
}

async fn prune_relations(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    let mut pairs = Vec::new();
    for person in declared
        .people
        .iter()
        .filter(|person| !person.guardians.is_empty())
    {
        let dependent = people::find(run.tx, Some(organization), person).await?;
        for guardian in &person.guardians {
            pairs.push((relations::named(run.tx, guardian).await?, dependent));
        }
    }
    for relation in guardianship::of_organization(run.tx, organization).await? {
        if !pairs.contains(&(relation.guardian, Some(relation.dependent))) {
            guardianship::end(run.tx, relation.id, EndedReason::Revoked, None).await?;
            let group = Group::Guardianship(relation.id);
            grants::revoke_all(run.tx, &group, Ending::RelationEnded).await?;
            run.changes.removed(format!("guardianship {}", relation.id));
        }
    }
    Ok(())
}

async fn end(
    run: &mut Run<'_>,
    account: AccountId,
    organization: OrganizationId,
    what: &str,
) -> Result<(), ApplyError> {
    parts::end_grants(run, account, organization).await?;
    accounts::session::end_all(run.tx, account, None).await?; // SECURITY.md 5.6
    run.changes.removed(format!("{what} of {account}"));
    Ok(())
}
