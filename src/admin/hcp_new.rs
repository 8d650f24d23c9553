//! `/admin/databases/{db}/hcps/new`: a professional or an organization is added.
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    directory::DirectoryDesk,
    frame::{Frame, done},
    hcp_words,
};
use crate::{
    access::Permission,
    hcps::{self, Details, HcpType},
    web::{App, Browser, Failure, Faults, Fields, Form, Page, SignedIn, Texts},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/databases/{db}/hcps/new", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "admin/hcp_new.html")]
struct NewPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    is_person: bool,
    typed: Typed,
    faults: Faults,
}

/// What is typed of an HCP.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) phone: String,
    #[serde(default)]
    pub(super) parent_id: String,
    /// Which version was read; in an edit.
    #[serde(default)]
    pub(super) version: String,
}

impl Typed {
    pub(super) fn details(&self) -> Details {
        Details {
            first_name: Some(self.first_name.clone()),
            last_name: Some(self.last_name.clone()),
            name: Some(self.name.clone()),
            email: Some(self.email.clone()),
            phone: Some(self.phone.clone()),
            parent_id: Some(self.parent_id.clone()),
        }
    }

    fn kind(&self) -> HcpType {
        HcpType::parse(&self.kind).unwrap_or(HcpType::Professional)
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(db): Path<String>,
    RawQuery(query): RawQuery,
    t: Texts,
) -> Result<Response, Failure> {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpWrite)).await?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    Ok(match desk {
        Err(problem) => problem.into_response(),
        Ok(desk) => Page::new(NewPage {
            t,
            frame: desk.frame.clone(),
            desk,
            is_person: fields.one("type") != Some("organization"),
            typed: Typed::default(),
            faults: Faults::default(),
        })
        .into_response(),
    })
}

async fn submit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(db): Path<String>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpWrite)).await?;
    let desk = match desk {
        Ok(desk) => desk,
        Err(problem) => return Ok(problem.into_response()),
    };
    let mut faults = Faults::default();
    match typed.details().check(typed.kind()) {
        Err(found) => hcp_words::add(&t, &mut faults, &found),
        Ok(fit) => {
            let mut tx = app.store.write_from(browser.origin()).await?;
            match hcps::create(&mut tx, &desk.directory, &fit, &desk.doer).await? {
                Err(refusal) => hcp_words::refuse(&t, &mut faults, refusal),
                Ok(hcp) => {
                    tx.commit().await?;
                    return Ok(done(&desk.of(&hcp), "created"));
                }
            }
        }
    }
    let page = NewPage {
        is_person: typed.kind() == HcpType::Professional,
        t,
        frame: desk.frame.clone(),
        desk,
        typed,
        faults,
    };
    let unfit = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(Page::new(page).status(unfit).into_response())
}
