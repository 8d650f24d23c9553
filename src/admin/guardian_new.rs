//! `/admin/{org}/consumers/{account}/guardian`: staff propose a further guardian.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    consumer::{Known, known},
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths, relation_row, words,
};
use crate::{
    access::Permission,
    accounts,
    guardianship::{self, AccessLevel, Basis, Proposal, ProposeRefusal, Relationship},
    id::AccountId,
    store::Tx,
    web::{App, Faults, Form, ListChoice, Page, Problem, Texts, done, relation_text},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/consumers/{account}/guardian";
    Router::new().route(place, get(form).post(submit))
}

/// What a right may rest on that staff propose: a proxy is granted by the adult himself
/// (I-12).
const BASES: [Basis; 3] = [Basis::Parental, Basis::CourtOrder, Basis::PowerOfAttorney];

#[derive(Template)]
#[template(path = "admin/guardian_new.html")]
struct GuardianPage {
    t: Texts,
    frame: Frame,
    dependent: String,
    action: String,
    back: String,
    relationships: Vec<ListChoice>,
    bases: Vec<ListChoice>,
    levels: Vec<ListChoice>,
    typed: Typed,
    faults: Faults,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    /// Whoever is to act: an e-mail address, a phone number, a patient id or an account's id.
    #[serde(default)]
    guardian: String,
    #[serde(default)]
    relationship: String,
    #[serde(default)]
    basis: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    last_day: String,
    #[serde(default)]
    survives: String,
    #[serde(default)]
    evidence: String,
}

async fn begin(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Known, Stop> {
    desk.needs(Permission::GuardianshipsWrite)?;
    let known = known(desk, tx, id).await?;
    let place = paths::consumer(desk.organization().id, known.account.id);
    desk.needs_fresh(&format!("{place}/guardian"))?;
    match known.is_own {
        true => Err(Problem::NotAllowed.into()), // I-16
        false => Ok(known),
    }
}

async fn form(desk: Desk, Path((_, id)): Path<(String, String)>, t: Texts) -> Answer {
    let known = begin(&desk, &mut desk.read().await?, &id).await?;
    page(&desk, t, &known, (Typed::default(), Faults::default())).await
}

async fn page(desk: &Desk, t: Texts, known: &Known, (typed, faults): (Typed, Faults)) -> Answer {
    let back = paths::consumer(desk.organization().id, known.account.id);
    let status = faults.status();
    let bases = BASES.iter().map(|it| ListChoice {
        value: it.name().to_owned(),
        words: t.get(relation_text::basis(*it)),
        is_chosen: it.name() == typed.basis,
    });
    let page = GuardianPage {
        frame: desk.frame(Tab::Consumers).await?,
        dependent: known.account.display_name.clone(),
        action: format!("{back}/guardian"),
        back,
        relationships: relation_row::relationships(&t, Relationship::ALL, &typed.relationship),
        bases: bases.collect(),
        levels: relation_row::levels(&t, &typed.level),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn submit(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let mut tx = desk.write().await?;
    let known = begin(&desk, &mut tx, &id).await?;
    let organization = desk.organization();
    let mut faults = Faults::default();
    let guardian = guardian(&desk, &mut tx, &typed.guardian).await?;
    if guardian.is_none() {
        faults.add("guardian", t.get("fault-person-unknown"));
    }
    let proposal = read(&desk, (&t, &mut faults), &typed, known.account.id);
    if let (Some(guardian), Some(proposal), true) = (guardian, proposal, faults.is_empty()) {
        let proposal = Proposal {
            guardian,
            ..proposal
        };
        let doer = desk.doer();
        match guardianship::propose(&mut tx, &desk.app.notices(), organization, proposal, &doer)
            .await?
        {
            Ok(_) => {
                tx.commit().await?;
                let place = paths::consumer(organization.id, known.account.id);
                return Ok(done(&place, "proposed"));
            }
            Err(refusal) => {
                let (field, words) = words_of(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    drop(tx);
    page(&desk, t, &known, (typed, faults)).await
}

/// The only consumer of the organization whom the text names in full.
async fn guardian(desk: &Desk, tx: &mut Tx, typed: &str) -> Result<Option<AccountId>, Stop> {
    let org = desk.organization().id;
    Ok(match typed.trim() {
        "" => None,
        typed => match typed.parse() {
            Ok(id) => accounts::profile(tx, id, org).await?.map(|_| id),
            Err(_) => accounts::only_consumer(tx, org, typed).await?,
        },
    })
}

fn read(
    desk: &Desk,
    (t, faults): (&Texts, &mut Faults),
    typed: &Typed,
    dependent: AccountId,
) -> Option<Proposal> {
    let relationship = Relationship::parse(&typed.relationship);
    if relationship.is_none() {
        faults.add("relationship", t.get("fault-choose"));
    }
    let basis = Basis::parse(&typed.basis).filter(|basis| BASES.contains(basis));
    if basis.is_none() {
        faults.add("basis", t.get("fault-choose"));
    }
    let access_level = AccessLevel::parse(&typed.level);
    if access_level.is_none() {
        faults.add("level", t.get("fault-choose"));
    }
    let ends_at = words::last_day(t, faults, &typed.last_day, desk.organization());
    let evidence_ref = words::short(t, faults, "evidence", (&typed.evidence, 200));
    Some(Proposal {
        guardian: dependent,
        dependent,
        relationship: relationship?,
        basis: basis?,
        access_level: access_level?,
        scope_ceiling: None,
        ends_at,
        survives_majority: !typed.survives.is_empty(),
        evidence_ref,
    })
}

const fn words_of(refusal: ProposeRefusal) -> (&'static str, &'static str) {
    match refusal {
        ProposeRefusal::Oneself => ("guardian", "refused-oneself"),
        ProposeRefusal::GuardianUnfit | ProposeRefusal::OwnRelation => {
            ("guardian", "refused-guardian-unfit")
        }
        ProposeRefusal::DependentUnfit => ("guardian", "refused-dependent-unfit"),
        ProposeRefusal::NotAMinor | ProposeRefusal::NotAnAdult => ("basis", "refused-basis"),
        ProposeRefusal::EndsAt => ("last_day", "fault-last-day"),
        ProposeRefusal::Evidence => ("evidence", "fault-evidence"),
        ProposeRefusal::Exists => ("guardian", "refused-relation-exists"),
        ProposeRefusal::TooMany => ("guardian", "refused-too-many"),
    }
}
