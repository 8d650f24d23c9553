//! `/account/care/add`: a new child to care for (DOMAIN.md 4.3).
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    consumer,
    shell::{Place, Shell},
};
use crate::{
    accounts::session::SignIn,
    audit::Doer,
    guardianship::{self, AddRefusal, NewDependent, Relationship},
    organizations::Organization,
    web::{
        App, Browser, Failure, Faults, Form, ListChoice, Page, SignedIn, Texts, done, paths,
        relation_text,
    },
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/account/care/add", get(show).post(submit))
}

/// What a parent may be to a child he adds himself.
const RELATIONSHIPS: [Relationship; 6] = [
    Relationship::Mother,
    Relationship::Father,
    Relationship::Parent,
    Relationship::Guardian,
    Relationship::Grandparent,
    Relationship::Other,
];

#[derive(Template)]
#[template(path = "pages/account/care_add.html")]
struct AddPage {
    t: Texts,
    shell: Shell,
    typed: Typed,
    faults: Faults,
    relationships: Vec<ListChoice>,
    /// Where the person is a consumer.
    organizations: Vec<ListChoice>,
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
    organization: String,
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Page<AddPage>, Failure> {
    let form = (Typed::default(), Faults::default());
    page(&app, &browser, &sign_in, t, form).await
}

async fn submit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let me = sign_in.account;
    let organization = consumer::chosen(&app, me, &typed.organization).await?;
    let mut faults = Faults::default();
    let new = check(&t, &typed, &mut faults);
    if organization.is_none() {
        faults.add("organization", t.get("fault-no-organization"));
    }
    if let (Some(organization), Some(new), true) = (organization, new, faults.is_empty()) {
        match add(&app, &browser, (&organization, &sign_in), new).await? {
            Ok(()) => {
                return Ok(done(&paths::account_care(), "added"));
            }
            Err(refusal) => {
                let (field, words) = words_of(refusal);
                faults.add(field, t.get(words));
            }
        }
    }
    let page = page(&app, &browser, &sign_in, t, (typed, faults)).await?;
    Ok(page
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response())
}

async fn add(
    app: &App,
    browser: &Browser,
    (organization, sign_in): (&Arc<Organization>, &SignIn),
    new: NewDependent,
) -> Result<Result<(), AddRefusal>, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    let (me, doer) = (sign_in.account, Doer::Person(sign_in.account));
    let added =
        guardianship::add_dependent(&mut tx, &app.notices(), organization, me, new, &doer).await?;
    tx.commit().await?;
    Ok(added.map(drop))
}

fn check(t: &Texts, typed: &Typed, faults: &mut Faults) -> Option<NewDependent> {
    let given_name = faults.name(t, "given_name", &typed.given_name);
    let family_name = faults.name(t, "family_name", &typed.family_name);
    let birth_date = typed.birth_date.parse().ok();
    if birth_date.is_none() {
        faults.add("birth_date", t.get("fault-date"));
    }
    let relationship = Relationship::parse(&typed.relationship);
    let relationship = relationship.filter(|it| RELATIONSHIPS.contains(it));
    if relationship.is_none() {
        faults.add("relationship", t.get("fault-choose"));
    }
    Some(NewDependent {
        given_name,
        family_name,
        birth_date: birth_date?,
        relationship: relationship?,
        patient_id: None,
    })
}

const fn words_of(refusal: AddRefusal) -> (&'static str, &'static str) {
    match refusal {
        AddRefusal::ImpossibleBirthDate => ("birth_date", "fault-date"),
        AddRefusal::NotAMinor => ("birth_date", "fault-not-a-minor"),
        AddRefusal::GuardianUnfit => ("given_name", "fault-guardian-unfit"),
        AddRefusal::TooManyDependents => ("given_name", "fault-too-many"),
        AddRefusal::NoProfile | AddRefusal::PatientIdTaken => {
            ("organization", "fault-no-organization")
        }
    }
}

async fn page(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    t: Texts,
    (typed, faults): (Typed, Faults),
) -> Result<Page<AddPage>, Failure> {
    let organizations = consumer::choices(app, sign_in.account, &typed.organization).await?;
    let mut tx = app.store.read().await?;
    let (shell, _) = Shell::of(&mut tx, browser, sign_in, Place::Care).await?;
    let relationships = RELATIONSHIPS.iter().map(|it| ListChoice {
        value: it.name().to_owned(),
        words: t.get(relation_text::relationship(*it)),
        is_chosen: it.name() == typed.relationship,
    });
    Ok(Page::new(AddPage {
        relationships: relationships.collect(),
        organizations,
        t,
        shell,
        typed,
        faults,
    }))
}
