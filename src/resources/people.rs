//! Declared people: accounts, identifiers and profiles.
use super::{
    apply::{ApplyError, Run},
    declared::{Organization, Person},
    parts,
    read_people::UNREACHABLE,
};
use crate::{
    accounts::{self, Account, Contact, Identifier, IdentifierKind, NewAccount, Standing, Status},
    id::{AccountId, OrganizationId},
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

/// A declared person's account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub(super) id: AccountId,
    /// Whether it was made in this run.
    pub(super) is_new: bool,
}

/// The accounts of everybody whom the organization declares, in that order. What ties them
/// together follows when all organizations have theirs.
pub(super) async fn put_all(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
) -> Result<Vec<Stored>, ApplyError> {
    let mut accounts = Vec::new();
    for person in &declared.people {
        accounts.push(put(run, organization, declared, person).await?);
    }
    Ok(accounts)
}

async fn put(
    run: &mut Run<'_>,
    organization: OrganizationId,
    declared: &Organization,
    person: &Person,
) -> Result<Stored, ApplyError> {
    let found = find(run.tx, Some(organization), person).await?;
    let (id, mut fields) = match found {
        None if person.is_unreachable() => {
            return Err(ApplyError::collision(&person.path, UNREACHABLE)); // I-01
        }
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
    parts::put_roles(run, organization, (person, id), &mut fields).await?;
    parts::put_config(run, organization, (person, id), &mut fields).await?;
    match found {
        None => run.changes.added(person.label()),
        Some(_) => drop(run.changes.changed(person.label(), fields)),
    }
    Ok(Stored {
        id,
        is_new: found.is_none(),
    })
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
        birth_date: person.birth_date.or(stored.birth_date),
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
        let stored: Vec<_> = owned.iter().filter(|own| own.kind == kind).collect();
        // A primary person keeps a way to sign in (I-01), declared or not.
        let may_go = run.is_prune && !person.is_dependent();
        if is_settled(&stored, wanted.as_ref(), may_go) {
            continue;
        }
        // Of several it is not known which one it replaces.
        if may_go || stored.len() == 1 {
            accounts::remove_identifiers_except(run.tx, id, kind, wanted.as_ref()).await?;
        }
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

/// Whether the stored identifiers of one kind can stay as they are. A declared one that is
/// not there takes the place of what is; what was added besides goes with `--prune` only.
fn is_settled(stored: &[&Contact], wanted: Option<&Identifier>, may_go: bool) -> bool {
    let is_there = match wanted {
        None => true,
        Some(wanted) => stored.iter().any(|own| own.value == wanted.as_str()),
    };
    let is_more = stored.len() > usize::from(wanted.is_some());
    is_there && !(may_go && is_more)
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
            parts::end_grants(run, id, organization).await?;
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
