//! `/admin/databases/{db}/hcps/new`: a professional or an organization is added.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;

use super::{
    desk::Answer,
    directory::DirectoryDesk,
    frame::Frame,
    hcp_invite::{self, default_roles},
    hcp_parent::{self, Parents},
    hcp_words,
};
use crate::{
    access::Permission,
    hcps::{self, Details, Hcp, HcpType},
    store::Tx,
    web::{App, Browser, Faults, Fields, Form, Page, SignedIn, Texts, done},
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
    parents: Parents,
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
    /// A name or an id.
    #[serde(default)]
    pub(super) parent_id: String,
    /// The id that was chosen once a name was not enough.
    #[serde(default)]
    pub(super) parent_choice: String,
    /// Whether an invitation is to go out, for a new HCP.
    #[serde(default)]
    pub(super) invite: String,
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
    fields: Fields,
    t: Texts,
) -> Answer {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpWrite)).await?;
    let typed = Typed {
        kind: fields.one("type").unwrap_or_default().to_owned(),
        ..Typed::default()
    };
    form(&app, t, desk, typed, (Faults::default(), Vec::new())).await
}

async fn form(
    app: &App,
    t: Texts,
    desk: DirectoryDesk,
    typed: Typed,
    (faults, choices): (Faults, Vec<Hcp>),
) -> Answer {
    let mut tx = app.store.read().await?;
    let status = faults.status();
    let page = NewPage {
        is_person: typed.kind() == HcpType::Professional,
        parents: hcp_parent::field(&mut tx, desk.directory.database.id, choices).await?,
        t,
        frame: desk.frame.clone(),
        desk,
        typed,
        faults,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn submit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path(db): Path<String>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    let desk = DirectoryDesk::at(&app, &browser, &sign_in, (&db, Permission::HcpWrite)).await?;
    let mut faults = Faults::default();
    let mut tx = app.store.write_from(browser.origin()).await?;
    let here = desk.directory.database.id;
    let (meant, choices) =
        hcp_parent::resolve((&mut tx, &t), here, (&typed, None), &mut faults).await?;
    match meant.details().check(meant.kind()) {
        Err(found) => hcp_words::add(&t, &mut faults, &found),
        Ok(_) if !faults.is_empty() => {}
        Ok(fit) => match hcps::create(&mut tx, &desk.directory, &fit, &desk.doer).await? {
            Err(refusal) => hcp_words::refuse(&t, &mut faults, refusal),
            Ok(hcp) => return finish(&app, tx, &desk, &hcp, &typed).await,
        },
    }
    drop(tx);
    form(&app, t, desk, typed, (faults, choices)).await
}

/// The HCP stays, whatever becomes of its invitation.
async fn finish(app: &App, mut tx: Tx, desk: &DirectoryDesk, hcp: &Hcp, typed: &Typed) -> Answer {
    if typed.invite.is_empty() || hcp.email.is_none() {
        tx.commit().await?;
        return Ok(done(&desk.of(hcp), "created"));
    }
    let invited = match default_roles() {
        Some(roles) => hcp_invite::send(app, &mut tx, desk, hcp, roles)
            .await?
            .is_ok(),
        None => false,
    };
    tx.commit().await?;
    let deed = if invited {
        "created-invited"
    } else {
        "created-alone"
    };
    Ok(done(&desk.of(hcp), deed))
}
