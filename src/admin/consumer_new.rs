//! `/admin/{org}/consumers/new`: a person without an identifier is entered.
use askama::Template;
use axum::{Router, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::Permission,
    accounts::{self, NewAccount, Standing},
    web::{App, Faults, Form, Page, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/consumers/new", get(form).post(submit))
}

#[derive(Template)]
#[template(path = "admin/consumer_new.html")]
struct NewPage {
    t: Texts,
    frame: Frame,
    action: String,
    back: String,
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
    patient_id: String,
}

async fn form(desk: Desk, t: Texts) -> Answer {
    desk.needs(Permission::ConsumersWrite)?;
    page(&desk, t, Typed::default(), Faults::default()).await
}

async fn page(desk: &Desk, t: Texts, typed: Typed, faults: Faults) -> Answer {
    let org = desk.organization().id;
    let status = faults.status();
    let page = NewPage {
        frame: desk.frame(Tab::Consumers).await?,
        action: paths::new_consumer(org),
        back: paths::consumers(org),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn submit(desk: Desk, t: Texts, Form(typed): Form<Typed>) -> Answer {
    desk.needs(Permission::ConsumersWrite)?;
    let mut faults = Faults::default();
    let organization = desk.organization();
    let mut tx = desk.write().await?;
    let today = organization.settings.time_zone.day_of(tx.now());
    let new = NewAccount {
        id: None,
        standing: Standing::Dependent,
        given_name: faults.name(&t, "given_name", &typed.given_name),
        family_name: faults.name(&t, "family_name", &typed.family_name),
        birth_date: words::birthday(&t, &mut faults, &typed.birth_date, today),
    };
    let patient = words::patient_id(&t, &mut faults, &typed.patient_id);
    if !faults.is_empty() {
        return page(&desk, t, typed, faults).await;
    }
    let new = (new, patient.as_deref());
    let created = accounts::create_consumer(&mut tx, organization.id, new, &desk.doer()).await?;
    let Some(id) = created else {
        faults.add("patient_id", t.get("fault-patient-taken"));
        return page(&desk, t, typed, faults).await;
    };
    tx.commit().await?;
    Ok(done(&paths::consumer(organization.id, id), "created"))
}
