//! A relation as a line of the console: who, what he is, and whether he may act now.
use super::{desk::Desk, paths, words};
use crate::{
    accounts,
    clock::Timestamp,
    guardianship::{self, AccessLevel, Case, Guardianship, Relationship, Status},
    id::AccountId,
    organizations::Organization,
    store::{StoreError, Tx},
    web::{ListChoice, Texts, relation_text},
};

/// One of the two of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Guardian,
    Dependent,
}

/// A relation in a list.
pub(super) struct RelationRow {
    pub(super) url: String,
    /// The other of the two.
    pub(super) name: String,
    /// What the guardian is, and what it rests on.
    pub(super) line: String,
    pub(super) level: String,
    pub(super) from: String,
    pub(super) until: Option<String>,
    pub(super) status: Status,
    /// Whether the guardian may act.
    pub(super) may_act: bool,
    /// In words: that he may, or why not.
    pub(super) verdict: String,
}

/// The relations of the organization that have not ended and in which the account stands on
/// that side.
///
/// # Errors
/// The database is away.
pub(super) async fn rows(
    desk: &Desk,
    tx: &mut Tx,
    t: &Texts,
    (account, side): (AccountId, Side),
    at: Timestamp,
) -> Result<Vec<RelationRow>, StoreError> {
    let relations = match side {
        Side::Guardian => guardianship::of_guardian(tx, account).await?,
        Side::Dependent => guardianship::of_dependent(tx, account).await?,
    };
    let mut found = Vec::new();
    for relation in relations {
        let other = match side {
            Side::Guardian => relation.dependent,
            Side::Dependent => relation.guardian,
        };
        if relation.organization == desk.organization().id
            && let Some(case) = guardianship::case(tx, relation.id).await?
        {
            let name = name(tx, other).await?;
            found.push(row((desk.organization(), t), name, &case, at));
        }
    }
    Ok(found)
}

/// The name of a person.
///
/// # Errors
/// The database is away.
pub(super) async fn name(tx: &mut Tx, account: AccountId) -> Result<String, StoreError> {
    let found = accounts::account(tx, account).await?;
    Ok(found
        .map(|account| account.display_name)
        .unwrap_or_default())
}

/// The relation as it stands at `at`, by the function that enforces it.
pub(super) fn row(
    (organization, t): (&Organization, &Texts),
    name: String,
    case: &Case,
    at: Timestamp,
) -> RelationRow {
    let relation = &case.relation;
    let judged = guardianship::authorises(relation, &case.parties, &organization.settings, at);
    let day = |moment| words::day(moment, organization);
    RelationRow {
        url: paths::guardianship(organization.id, relation.id),
        name,
        line: line(t, relation),
        level: level(t, case, organization, at),
        from: day(relation.starts_at),
        until: relation.ends_at.map(|end| day(end.plus_seconds(-1))),
        status: relation.status,
        may_act: judged.is_ok(),
        verdict: match judged {
            Ok(_) => t.get("may-act"),
            Err(why) => t.get(relation_text::why_not(why)),
        },
    }
}

/// "the mother, as a parent of a minor".
pub(super) fn line(t: &Texts, relation: &Guardianship) -> String {
    let who = t.get(relation_text::relationship(relation.relationship));
    let basis = t.get(relation_text::basis(relation.basis));
    t.with(
        "relation-line",
        &[("who", who.as_str()), ("basis", basis.as_str())],
    )
}

/// How far it reaches at `at`.
fn level(t: &Texts, case: &Case, organization: &Organization, at: Timestamp) -> String {
    let (relation, dependent) = (&case.relation, &case.parties.dependent);
    let reach = guardianship::ceiling(relation, dependent, &organization.settings, at);
    t.get(relation_text::reach(reach == guardianship::full_ceiling()))
}

/// Every relationship, as a list to choose from.
pub(super) fn relationships(t: &Texts, all: &[Relationship], chosen: &str) -> Vec<ListChoice> {
    let choice = |it: &Relationship| ListChoice {
        value: it.name().to_owned(),
        words: t.get(relation_text::relationship(*it)),
        is_chosen: it.name() == chosen,
    };
    all.iter().map(choice).collect()
}

/// How far a relation may reach, as a list to choose from.
pub(super) fn levels(t: &Texts, chosen: &str) -> Vec<ListChoice> {
    let choice = |it: &AccessLevel| ListChoice {
        value: it.name().to_owned(),
        words: t.get(relation_text::level(*it)),
        is_chosen: it.name() == chosen,
    };
    AccessLevel::ALL.iter().map(choice).collect()
}
