//! Declared people: accounts, identifiers, profiles, roles and relations.
use super::{
    apply::{ApplyError, Run},
    declared::{AccountRef, Guardian, Organization, Person},
};
use crate::{
    accounts::{self, Account, Identifier, IdentifierKind, NewAccount, Standing, Status},
    config_users::{self, ConfigGrant, Granted},
    grants::{self, Ending, Group},
    guardianship::{self, Guardianship, NewGuardianship},
    id::{AccountId, OrganizationId},
    providers::{self, Membership},
    store::{StoreError, Tx},
};

/// The stored account that a declared person stands for: by id, e-mail, phone or patient.
pub(super) async fn find(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    person: &Person,
) -> Result<Option<AccountId>, StoreError> {
    if let Some(id) = person.id {
        return Ok(accounts::account(tx, id).await?.map(|account| account.id));
    }
    for identifier in [&person.email, &person.phone].into_iter().flatten() {
        if let Some(owner) = accounts::owner_of(tx, identifier).await? {
            return Ok(Some(owner));
        }
    }
    match (organization, &person.patient_id) {
        (Some(organization), Some(patient)) => {
            accounts::by_patient(tx, organization, patient).await
        }
        _ => Ok(None),
    }
}

/// First the accounts, then what ties them together.
pub(super) async fn put_all(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<(), ApplyError> {
    let mut accounts = Vec::new();
    for person in &declared.people {
        accounts.push(put(run, organization, declared, person).await?);
    }
    for (person, account) in declared.people.iter().zip(accounts) {
        for guardian in &person.guardians {
            put_relation(run, organization, (person, account), guardian).await?;
        }
        put_contact(run, person, account).await?;
    }
    Ok(())
}

async fn put(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
    person: &Person,
) -> Result<AccountId, ApplyError> {
    let found = find(run.tx, Some(organization), person).await?;
    let (id, mut fields) = match found {
        None => {
            let new = NewAccount {
                id: person.id,
                standing: match person.is_dependent() {
                    true => Standing::Dependent,
                    false => Standing::Primary,
                },
                given_name: person.given_name.clone(),
                family_name: person.family_name.clone(),
                birth_date: person.birth_date,
            };
            (accounts::insert_account(run.tx, new).await?, Vec::new())
        }
        Some(id) => (id, update(run, id, person).await?),
    };
    put_identifiers(run, id, person, &mut fields).await?;
    if let Some(phc) = run.secrets.passwords.get(&person.path) {
        accounts::put_password(run.tx, id, phc).await?;
        if found.is_some() {
            accounts::session::end_all(run.tx, id, None).await?;
        }
        fields.push("password");
    }
    // Somebody whom others name as guardian is a consumer, too (CONTRACT).
    let is_guardian = declared
        .people
        .iter()
        .flat_map(|p| &p.guardians)
        .any(|guardian| {
            declared
                .person(&guardian.account)
                .is_some_and(|named| std::ptr::eq(named, person))
        });
    put_profile(run, organization, (person, id), (is_guardian, &mut fields)).await?;
    put_roles(run, organization, (person, id), &mut fields).await?;
    put_config(run, organization, (person, id), &mut fields).await?;
    match found {
        None => run.changes.added(person.label()),
        Some(_) => drop(run.changes.changed(person.label(), fields)),
    }
    Ok(id)
}

async fn update(
    run: &mut Run<'_>,
    id: AccountId,
    person: &Person,
) -> Result<Vec<&'static str>, ApplyError> {
    let Some(stored) = accounts::account(run.tx, id).await? else {
        return Err(ApplyError::collision(&person.path, "the account went away"));
    };
    let wanted = Account {
        status: Status::Active,
        // Nobody becomes a dependent again (I-04).
        standing: match person.is_dependent() {
            true => stored.standing,
            false => Standing::Primary,
        },
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        display_name: format!("{} {}", person.given_name, person.family_name)
            .trim()
            .to_owned(),
        birth_date: person.birth_date,
        ..stored.clone()
    };
    let differs = [
        ("status", stored.status != wanted.status),
        ("standing", stored.standing != wanted.standing),
        ("given_name", stored.given_name != wanted.given_name),
        ("family_name", stored.family_name != wanted.family_name),
        ("birth_date", stored.birth_date != wanted.birth_date),
    ];
    let fields: Vec<_> = differs
        .iter()
        .filter(|(_, is)| *is)
        .map(|(name, _)| *name)
        .collect();
    if !fields.is_empty() {
        accounts::update_account(run.tx, &wanted).await?;
    }
    Ok(fields)
}

async fn put_identifiers(
    run: &mut Run<'_>,
    id: AccountId,
    person: &Person,
    fields: &mut Vec<&'static str>,
) -> Result<(), ApplyError> {
    let owned = accounts::contacts(run.tx, id).await?;
    let kinds = [
        ("email", IdentifierKind::Email, &person.email),
        ("phone", IdentifierKind::Phone, &person.phone),
    ];
    for (name, kind, wanted) in kinds {
        let stored: Vec<_> = owned
            .iter()
            .filter(|contact| contact.kind == kind)
            .collect();
        let wanted_text = wanted.as_ref().map(Identifier::as_str);
        let is_same = match (stored.as_slice(), wanted_text) {
            ([], None) => true,
            ([only], Some(wanted)) => only.value == wanted,
            _ => false,
        };
        if is_same {
            continue;
        }
        accounts::remove_identifiers_except(run.tx, id, kind, wanted.as_ref()).await?;
        if let Some(wanted) = wanted
            && !accounts::put_identifier(run.tx, id, wanted).await?
        {
            let path = format!("{}.{name}", person.path);
            return Err(ApplyError::collision(&path, "belongs to another account")); // I-05
        }
        fields.push(name);
    }
    Ok(())
}

async fn put_profile(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, id): (&Person, AccountId),
    (is_guardian, fields): (bool, &mut Vec<&'static str>),
) -> Result<(), ApplyError> {
    let stored = accounts::profile(run.tx, id, organization).await?;
    if !person.is_consumer && !is_guardian {
        if stored.is_some() {
            accounts::delete_profile(run.tx, id, organization).await?;
            end_grants(run, id, organization).await?;
            fields.push("consumer");
        }
        return Ok(());
    }
    let patient = person.patient_id.as_deref();
    if stored.is_some_and(|profile| profile.patient_id.as_deref() == patient) {
        return Ok(());
    }
    if let Some(patient) = patient
        && accounts::by_patient(run.tx, organization, patient)
            .await?
            .is_some_and(|o| o != id)
    {
        let path = format!("{}.patient_id", person.path);
        return Err(ApplyError::collision(&path, "belongs to another person"));
    }
    accounts::put_profile(run.tx, id, organization, patient).await?;
    fields.push("patient_id");
    Ok(())
}

async fn put_roles(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, id): (&Person, AccountId),
    fields: &mut Vec<&'static str>,
) -> Result<(), ApplyError> {
    let Some(roles) = &person.roles else {
        return Ok(());
    };
    let stored = providers::membership(run.tx, id, organization).await?;
    if stored
        .as_ref()
        .is_some_and(|m| m.is_active() && m.roles == *roles)
    {
        return Ok(());
    }
    let membership = Membership {
        account: id,
        organization,
        roles: roles.clone(),
        status: providers::Status::Active,
        hcp_id: stored.as_ref().and_then(|m| m.hcp_id),
        last_reviewed_at: stored.and_then(|m| m.last_reviewed_at),
    };
    providers::put(run.tx, &membership).await?;
    fields.push("roles");
    Ok(())
}

async fn put_config(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, id): (&Person, AccountId),
    fields: &mut Vec<&'static str>,
) -> Result<(), ApplyError> {
    let Some((role, permissions)) = &person.config else {
        return Ok(());
    };
    let stored = config_users::config_grant(run.tx, id, organization).await?;
    let mut wanted = permissions.clone();
    wanted.sort_unstable();
    let is_same = stored.as_ref().is_some_and(|grant| {
        let mut held: Vec<_> = grant.granted.iter().map(|g| g.permission).collect();
        held.sort_unstable();
        grant.is_active() && grant.role == *role && held == wanted
    });
    if is_same {
        return Ok(());
    }
    let granted_at = run.tx.now();
    let granted = |permission: &_| Granted {
        permission: *permission,
        granted_by: None,
        granted_at,
    };
    let grant = ConfigGrant {
        account: id,
        organization,
        role: *role,
        granted: permissions.iter().map(granted).collect(),
        status: config_users::Status::Active,
    };
    config_users::put(run.tx, &grant).await?;
    fields.push("config");
    Ok(())
}

async fn put_relation(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (person, dependent): (&Person, AccountId),
    declared: &Guardian,
) -> Result<(), ApplyError> {
    let guardian = named(run.tx, declared).await?;
    let stored = guardianship::of_guardian(run.tx, guardian).await?;
    let same = stored
        .into_iter()
        .find(|relation| relation.organization == organization && relation.dependent == dependent);
    let wanted = Guardianship {
        id: match (&same, declared.id) {
            (Some(same), _) => same.id,
            (None, Some(id)) => id,
            (None, None) => run.tx.id(),
        },
        organization,
        guardian,
        dependent,
        relationship: declared.relationship,
        basis: declared.basis,
        access_level: declared.access_level,
        scope_ceiling: declared.scope_ceiling.clone(),
        starts_at: match (declared.starts_at, &same) {
            (Some(at), _) => at,
            (None, Some(same)) => same.starts_at,
            (None, None) => run.tx.now(),
        },
        ends_at: declared.ends_at,
        survives_majority: declared.survives_majority,
        status: guardianship::Status::Active,
        verification: declared.verification,
        evidence_ref: declared.evidence_ref.clone(),
    };
    let label = format!("guardian of {} {}", person.given_name, person.family_name);
    match same {
        None => {
            let new = NewGuardianship {
                relation: wanted,
                created_by: None,
            };
            if !guardianship::insert(run.tx, new).await? {
                return Err(ApplyError::collision(&declared.path, "the id is taken"));
            }
            run.changes.added(label);
        }
        Some(same) if same != wanted => {
            guardianship::update_declared(run.tx, &wanted).await?;
            run.changes.changed(label, vec!["relation"]);
        }
        Some(_) => {}
    }
    Ok(())
}

/// The guardian's account: declared in the file, so stored by now, or stored before.
pub(super) async fn named(tx: &mut Tx, declared: &Guardian) -> Result<AccountId, ApplyError> {
    let found = match &declared.account {
        AccountRef::Id(id) => accounts::account(tx, *id).await?.map(|account| account.id),
        AccountRef::Identifier(identifier) => accounts::owner_of(tx, identifier).await?,
    };
    let path = format!("{}.account", declared.path);
    let id = found.ok_or_else(|| ApplyError::collision(&path, "names no account"))?;
    let account = accounts::account(tx, id).await?;
    if account.is_some_and(|account| account.standing == Standing::Dependent) {
        return Err(ApplyError::collision(&path, "a dependent can guard no one")); // I-10
    }
    Ok(id)
}

/// A dependent without an identifier is reached through the first guardian's (I-02).
async fn put_contact(run: &mut Run<'_>, person: &Person, id: AccountId) -> Result<(), ApplyError> {
    let Some(first) = person.guardians.first().filter(|_| person.is_dependent()) else {
        return Ok(());
    };
    let guardian = named(run.tx, first).await?;
    let contact = accounts::contacts(run.tx, guardian).await?;
    let contact = contact.first().map(|contact| contact.id);
    let Some(stored) = accounts::account(run.tx, id).await? else {
        return Ok(());
    };
    if stored.contact_identifier != contact {
        let wanted = Account {
            contact_identifier: contact,
            ..stored
        };
        accounts::update_account(run.tx, &wanted).await?;
    }
    Ok(())
}

/// Ends what the person holds through a part in the organization that is gone.
pub(super) async fn end_grants(
    run: &mut Run<'_>,
    account: AccountId,
    organization: OrganizationId,
) -> Result<(), ApplyError> {
    let group = Group::PersonWithin(account, organization);
    grants::revoke_all(run.tx, &group, Ending::RelationEnded).await?;
    Ok(())
}
