//! Declared guardians: who acts for whom, and through whom a dependent is reached.
use super::{
    apply::{ApplyError, Run},
    declared::{AccountRef, Guardian, Organization, Person},
    people::Stored,
};
use crate::{
    accounts::{self, Account, Standing},
    clock::Timestamp,
    guardianship::{self, Basis, Guardianship, NewGuardianship},
    id::{AccountId, OrganizationId},
    organizations::{self, Settings},
    store::Tx,
};

/// Stores what ties people together, once all of them are stored.
pub(super) async fn put_all(
    run: &mut Run<'_>,
    organization: OrganizationId,
    (declared, accounts): (&Organization, &[Stored]),
) -> Result<(), ApplyError> {
    for (person, account) in declared.people.iter().zip(accounts) {
        for guardian in &person.guardians {
            put(run, organization, (person, account.id), guardian).await?;
        }
        put_contact(run, person, *account).await?;
    }
    Ok(())
}

async fn put(
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
    // One that stands as declared is left alone, even if it could no longer be made.
    if same.as_ref() == Some(&wanted) {
        return Ok(());
    }
    check(run.tx, &wanted, &declared.path).await?;
    let label = format!("guardian of {} {}", person.given_name, person.family_name);
    if same.is_some() {
        guardianship::update_declared(run.tx, &wanted).await?;
        run.changes.changed(label, vec!["relation"]);
        return Ok(());
    }
    let new = NewGuardianship {
        relation: wanted,
        created_by: None,
    };
    if !guardianship::insert(run.tx, new).await? {
        let path = format!("{}.id", declared.path);
        return Err(ApplyError::collision(&path, "is taken"));
    }
    run.changes.added(label);
    Ok(())
}

/// The guardian's account: declared in the file, so stored by now, or stored before.
pub(super) async fn named(tx: &mut Tx, declared: &Guardian) -> Result<AccountId, ApplyError> {
    let found = match &declared.account {
        AccountRef::Id(id) => accounts::account(tx, *id).await?.map(|account| account.id),
        AccountRef::Identifier(identifier) => accounts::owner_of(tx, identifier).await?,
    };
    let path = format!("{}.account", declared.path);
    found.ok_or_else(|| ApplyError::collision(&path, "names no account"))
}

async fn check(tx: &mut Tx, relation: &Guardianship, path: &str) -> Result<(), ApplyError> {
    let now = tx.now();
    let organization = organizations::get(tx, relation.organization).await?;
    let settings = organization.map(|o| o.settings).unwrap_or_default();
    let guardian = accounts::account(tx, relation.guardian).await?;
    let dependent = accounts::account(tx, relation.dependent).await?;
    let (Some(guardian), Some(dependent)) = (guardian, dependent) else {
        return Err(ApplyError::collision(path, "an account went away"));
    };
    match broken(relation, (&guardian, &dependent), &settings, now) {
        None => Ok(()),
        Some((field, rule)) => Err(ApplyError::collision(&format!("{path}.{field}"), rule)),
    }
}

/// A field, and the rule that it breaks.
type Broken = (&'static str, &'static str);

/// What a relation to be made or changed breaks first (I-10 to I-12).
fn broken(
    relation: &Guardianship,
    (guardian, dependent): (&Account, &Account),
    settings: &Settings,
    now: Timestamp,
) -> Option<Broken> {
    let is_of_age = |account: &Account| {
        let born = account.birth_date?;
        Some(guardianship::majority_at(born, settings).is_some_and(|at| now >= at))
    };
    if guardian.id == dependent.id {
        return Some(("account", "nobody is his own guardian"));
    }
    if guardian.standing == Standing::Dependent {
        return Some(("account", "a dependent can guard no one"));
    }
    if !guardian.is_active() {
        return Some(("account", "the guardian's account is not active"));
    }
    if is_of_age(guardian) == Some(false) {
        return Some(("account", "a minor can guard no one"));
    }
    if relation.ends_at.is_some_and(|at| at <= relation.starts_at) {
        return Some(("ends_at", "lies before the start"));
    }
    match relation.basis {
        Basis::Parental => broken_parental(relation, is_of_age(dependent)),
        Basis::PatientConsent => {
            let is_adult = dependent.standing == Standing::Primary;
            let is_adult = is_adult && is_of_age(dependent) != Some(false);
            broken_proxy(relation, is_adult, settings)
        }
        Basis::CourtOrder | Basis::PowerOfAttorney => None,
    }
}

/// I-11.
fn broken_parental(relation: &Guardianship, is_of_age: Option<bool>) -> Option<Broken> {
    match is_of_age {
        None => Some((
            "basis",
            "a parental relation needs the dependent's birth_date",
        )),
        Some(true) => Some(("basis", "a parental relation is for a minor")),
        Some(false) => relation
            .survives_majority
            .then_some(("survives_majority", "a parental relation ends at majority")),
    }
}

/// I-12.
fn broken_proxy(relation: &Guardianship, is_adult: bool, settings: &Settings) -> Option<Broken> {
    if !is_adult {
        return Some((
            "basis",
            "a proxy is granted by an adult who signs in himself",
        ));
    }
    let Some(ends_at) = relation.ends_at else {
        return Some(("ends_at", "is missing; a proxy needs an end"));
    };
    let is_in_time = longest_proxy(relation, settings).is_some_and(|at| ends_at <= at);
    let too_late = "is later than the organization's proxy_max_months allow";
    (!is_in_time).then_some(("ends_at", too_late))
}

/// When a proxy ends at the latest (I-12). `None` past the end of the calendar.
fn longest_proxy(relation: &Guardianship, settings: &Settings) -> Option<Timestamp> {
    let months = jiff::Span::new().months(i64::from(settings.proxy_max_months));
    let start = relation
        .starts_at
        .to_jiff()
        .to_zoned(jiff::tz::TimeZone::UTC);
    let end = start.checked_add(months).ok()?;
    Some(Timestamp::from_millis(end.timestamp().as_millisecond()))
}

/// A dependent without an identifier is reached through a guardian's (I-02): the first one's,
/// unless another guardian's was chosen.
async fn put_contact(run: &mut Run<'_>, person: &Person, is: Stored) -> Result<(), ApplyError> {
    let Some(stored) = accounts::account(run.tx, is.id).await? else {
        return Ok(());
    };
    if stored.standing == Standing::Primary
        || person.guardians.is_empty()
        || !accounts::contacts(run.tx, is.id).await?.is_empty()
    {
        return Ok(());
    }
    let mut contacts = Vec::new();
    for guardian in &person.guardians {
        let guardian = named(run.tx, guardian).await?;
        let own = accounts::contacts(run.tx, guardian).await?;
        contacts.extend(own.into_iter().map(|contact| contact.id));
    }
    let is_kept = stored
        .contact_identifier
        .is_some_and(|id| contacts.contains(&id));
    let wanted = contacts.first().copied();
    if is_kept || stored.contact_identifier == wanted {
        return Ok(());
    }
    let wanted = Account {
        contact_identifier: wanted,
        ..stored
    };
    accounts::update_account(run.tx, &wanted).await?;
    if !is.is_new {
        run.changes.changed(person.label(), vec!["contact"]);
    }
    Ok(())
}
