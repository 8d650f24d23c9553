//! `/admin/{org}/consumers/{account}/dependent`: staff add a child for whom the consumer cares.
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
    guardianship::{self, AddRefusal, NewDependent, Relationship},
    store::Tx,
    web::{App, Faults, Form, ListChoice, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/consumers/{account}/dependent";
    Router::new().route(place, get(form).post(submit))
}

#[derive(Template)]
#[template(path = "admin/dependent_new.html")]
struct DependentPage {
    t: Texts,
    frame: Frame,
    guardian: String,
    action: String,
    back: String,
    relationships: Vec<ListChoice>,
    typed: Typed,
    faults: Faults,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    birth_date: String,
    #[serde(default)]
    relationship: String,
    #[serde(default)]
    patient_id: String,
}

/// The guardian, for whoever may do it: a sign-in of late is asked for before anything is
/// typed.
async fn begin(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Known, Stop> {
    desk.needs(Permission::ConsumersWrite)?;
    desk.needs(Permission::GuardianshipsWrite)?;
    let known = known(desk, tx, id).await?;
    let place = paths::consumer(desk.organization().id, known.account.id);
    desk.needs_fresh(&format!("{place}/dependent"))?;
    match known.account.id == desk.account {
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
    let page = DependentPage {
        frame: desk.frame(Tab::Consumers).await?,
        guardian: known.account.display_name.clone(),
        action: format!("{back}/dependent"),
        back,
        relationships: relation_row::relationships(&t, Relationship::ALL, &typed.relationship),
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
    let today = organization.settings.time_zone.day_of(tx.now());
    let mut faults = Faults::default();
    let given_name = faults.name(&t, "given_name", &typed.given_name);
    let family_name = faults.name(&t, "family_name", &typed.family_name);
    let birth_date = words::birthday(&t, &mut faults, &typed.birth_date, today);
    let relationship = Relationship::parse(&typed.relationship);
    if relationship.is_none() {
        faults.add("relationship", t.get("fault-choose"));
    }
    let patient_id = words::patient_id(&t, &mut faults, &typed.patient_id);
    if let (Some(birth_date), Some(relationship), true) =
        (birth_date, relationship, faults.is_empty())
    {
        let new = NewDependent {
            given_name,
            family_name,
            birth_date,
            relationship,
            patient_id,
        };
        let (guardian, doer) = (known.account.id, desk.doer());
        match guardianship::add_dependent(
            &mut tx,
            &desk.app.notices(),
            organization,
            guardian,
            new,
            &doer,
        )
        .await?
        {
            Ok(_) => {
                tx.commit().await?;
                let place = paths::consumer(organization.id, guardian);
                return Ok(done(&place, "added"));
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

const fn words_of(refusal: AddRefusal) -> (&'static str, &'static str) {
    match refusal {
        AddRefusal::ImpossibleBirthDate => ("birth_date", "fault-date"),
        AddRefusal::NotAMinor => ("birth_date", "refused-not-a-minor"),
        AddRefusal::GuardianUnfit | AddRefusal::NoProfile => {
            ("given_name", "refused-guardian-unfit")
        }
        AddRefusal::TooManyDependents => ("given_name", "refused-too-many"),
        AddRefusal::PatientIdTaken => ("patient_id", "fault-patient-taken"),
    }
}
