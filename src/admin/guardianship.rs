//! `/admin/{org}/guardianships/{id}`: one relation, and what staff decide about it.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    consumers::DEEDS,
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
    relation_row::{self, RelationRow},
    words,
};
use crate::{
    access::{Permission, ScopeSet},
    guardianship::{
        self, AccessLevel, Case, ChangeRefusal, DecideRefusal, EndedReason, Guardianship, Status,
    },
    organizations::Organization,
    store::Tx,
    web::{App, Faults, Fields, Form, ListChoice, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/{org}/guardianships/{id}", get(show).post(change))
        .route("/admin/{org}/guardianships/{id}/{deed}", post(deed))
}

#[derive(Template)]
#[template(path = "admin/guardianship.html")]
struct RelationPage {
    t: Texts,
    frame: Frame,
    action: String,
    guardian: (String, String),
    dependent: (String, String),
    relation: Guardianship,
    row: RelationRow,
    verified_by_staff: bool,
    awaits_guardian: bool,
    awaits_approval: bool,
    /// I-16: nobody decides on his own.
    is_own: bool,
    may_write: bool,
    levels: Vec<ListChoice>,
    typed: Typed,
    faults: Faults,
}

impl RelationPage {
    fn deed(&self, deed: &str) -> String {
        format!("{}/{deed}", self.action)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    last_day: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    ceiling: String,
    #[serde(default)]
    evidence: String,
}

impl Typed {
    fn of(relation: &Guardianship, organization: &Organization) -> Self {
        let zone = &organization.settings.time_zone;
        let last = relation
            .ends_at
            .map(|end| zone.day_of(end.plus_seconds(-1)));
        let ceiling = relation.scope_ceiling.as_ref();
        Self {
            last_day: last.map(|day| day.to_string()).unwrap_or_default(),
            level: relation.access_level.name().to_owned(),
            ceiling: ceiling.map(ToString::to_string).unwrap_or_default(),
            evidence: relation.evidence_ref.clone().unwrap_or_default(),
        }
    }
}

/// A relation of the organization that has not ended; any other is not there (N-15).
async fn find(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Case, Stop> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let case = guardianship::case(tx, id).await?;
    let is_here = |case: &Case| {
        case.relation.organization == desk.organization().id
            && case.relation.status != Status::Ended
    };
    Ok(case.filter(is_here).ok_or(Problem::NotFound)?)
}

async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    query: Fields,
    t: Texts,
) -> Answer {
    desk.needs(Permission::GuardianshipsRead)?;
    let case = find(&desk, &mut desk.read().await?, &id).await?;
    page(&desk, t, case, (&query, None, Faults::default())).await
}

async fn page(
    desk: &Desk,
    t: Texts,
    case: Case,
    (query, typed, faults): (&Fields, Option<Typed>, Faults),
) -> Answer {
    let organization = desk.organization();
    let relation = case.relation.clone();
    let mut tx = desk.read().await?;
    let now = tx.now();
    let dependent = relation_row::name(&mut tx, relation.dependent).await?;
    let guardian = relation_row::name(&mut tx, relation.guardian).await?;
    let awaits_guardian = guardianship::awaits_guardian(&mut tx, relation.id).await?;
    let awaits_approval = guardianship::awaits_approval(&mut tx, relation.id).await?;
    drop(tx);
    let of = |account| paths::consumer(organization.id, account);
    let typed = typed.unwrap_or_else(|| Typed::of(&relation, organization));
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    let page = RelationPage {
        frame: desk.frame(Tab::Consumers).await?.saying(&t, query, DEEDS),
        action: paths::guardianship(organization.id, relation.id),
        row: relation_row::row((organization, &t), guardian.clone(), &case, now),
        guardian: (guardian, of(relation.guardian)),
        dependent: (dependent, of(relation.dependent)),
        verified_by_staff: relation.verification == guardianship::Verification::StaffVerified,
        awaits_guardian,
        awaits_approval,
        is_own: relation.concerns(&desk.doer()),
        may_write: desk.has(Permission::GuardianshipsWrite),
        levels: relation_row::levels(&t, &typed.level),
        relation,
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

/// Everything that is decided begins with it.
async fn begin(desk: &Desk, id: &str) -> Result<(Arc<Organization>, Tx, Case), Stop> {
    desk.needs(Permission::GuardianshipsWrite)?;
    let mut tx = desk.write().await?;
    let case = find(desk, &mut tx, id).await?;
    let organization = Arc::clone(desk.organization());
    desk.needs_fresh(&paths::guardianship(organization.id, case.relation.id))?;
    Ok((organization, tx, case))
}

#[derive(Debug, Deserialize)]
struct Reason {
    #[serde(default)]
    reason: String,
}

async fn deed(
    desk: Desk,
    Path((_, id, deed)): Path<(String, String, String)>,
    t: Texts,
    Form(typed): Form<Reason>,
) -> Answer {
    let (organization, mut tx, case) = begin(&desk, &id).await?;
    let (relation, doer) = (&case.relation, desk.doer());
    let mut faults = Faults::default();
    let answer = match deed.as_str() {
        "approve" => {
            guardianship::approve(&mut tx, &desk.app.notices(), &organization, relation, &doer)
                .await?
        }
        "resume" => guardianship::resume(&mut tx, &desk.app.notices(), relation, &doer).await?,
        "suspend" => match words::reason(&t, &mut faults, "suspend", &typed.reason) {
            _ if !faults.is_empty() => Ok(()),
            reason => {
                guardianship::suspend(&mut tx, &desk.app.notices(), relation, &doer, &reason)
                    .await?
            }
        },
        "end" => match words::reason(&t, &mut faults, "end", &typed.reason) {
            _ if !faults.is_empty() => Ok(()),
            reason => {
                let why = (EndedReason::Revoked, Some(reason.as_str()));
                guardianship::finish_by_staff(&mut tx, &desk.app.notices(), relation, why, &doer)
                    .await?
            }
        },
        "decline" if relation.status == Status::Pending => {
            let why = (EndedReason::Declined, None);
            guardianship::finish_by_staff(&mut tx, &desk.app.notices(), relation, why, &doer)
                .await?
        }
        "decline" => Err(DecideRefusal::WrongState),
        _ => return Err(Problem::NotFound.into()),
    };
    if let Err(refusal) = answer {
        faults.add("state", t.get(decided(refusal)));
    }
    if !faults.is_empty() {
        drop(tx);
        return page(&desk, t, case, (&Fields::default(), None, faults)).await;
    }
    tx.commit().await?;
    let is_over = matches!(deed.as_str(), "end" | "decline");
    let place = match is_over {
        true => paths::consumer(organization.id, relation.dependent),
        false => paths::guardianship(organization.id, relation.id),
    };
    Ok(done(&place, &deed))
}

const fn decided(refusal: DecideRefusal) -> &'static str {
    match refusal {
        DecideRefusal::WrongState => "refused-relation-state",
        DecideRefusal::OwnRelation => "own-affair",
        DecideRefusal::TooMany => "refused-too-many",
    }
}

async fn change(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let (organization, mut tx, case) = begin(&desk, &id).await?;
    let mut faults = Faults::default();
    let changed = read((&t, &mut faults), &typed, &case.relation, &organization);
    if faults.is_empty() {
        let answer = guardianship::change(&mut tx, &organization, &changed, &desk.doer()).await?;
        match answer {
            Ok(()) => {
                tx.commit().await?;
                let place = paths::guardianship(organization.id, changed.id);
                return Ok(done(&place, "changed"));
            }
            Err(refusal) => {
                let (field, words) = changed_not(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    drop(tx);
    page(&desk, t, case, (&Fields::default(), Some(typed), faults)).await
}

/// The relation as it is to be. A day that was not touched keeps its very moment.
fn read(
    (t, faults): (&Texts, &mut Faults),
    typed: &Typed,
    relation: &Guardianship,
    organization: &Organization,
) -> Guardianship {
    let before = Typed::of(relation, organization);
    let ends_at = match typed.last_day == before.last_day {
        true => relation.ends_at,
        false => words::last_day(t, faults, &typed.last_day, organization),
    };
    let level = AccessLevel::parse(&typed.level);
    if level.is_none() {
        faults.add("level", t.get("fault-choose"));
    }
    let ceiling: Option<Result<ScopeSet, _>> = match typed.ceiling.trim() {
        "" => None,
        text => Some(text.parse()),
    };
    if matches!(ceiling, Some(Err(_))) {
        faults.add("ceiling", t.get("fault-ceiling"));
    }
    Guardianship {
        ends_at,
        access_level: level.unwrap_or(relation.access_level),
        scope_ceiling: ceiling.and_then(Result::ok),
        evidence_ref: words::short(t, faults, "evidence", (&typed.evidence, 200)),
        ..relation.clone()
    }
}

const fn changed_not(refusal: ChangeRefusal) -> (&'static str, &'static str) {
    match refusal {
        ChangeRefusal::OwnRelation => ("state", "own-affair"),
        ChangeRefusal::Over => ("last_day", "refused-relation-over"),
        ChangeRefusal::EndsAt => ("last_day", "fault-last-day"),
        ChangeRefusal::Ceiling => ("ceiling", "fault-ceiling"),
        ChangeRefusal::NotStaffs => ("level", "refused-not-staffs"),
    }
}
