//! `/admin/databases/{db}/hcps/{id}`: one HCP, with its tokens and keys; it is edited,
//! disabled and deleted here.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::{Answer, Stop},
    directory::{DirectoryDesk, FreshAtHcp},
    frame::Frame,
    hcp_new::Typed,
    hcp_parent::{self, Parents},
    hcp_words,
};
use crate::{
    access::Permission,
    accounts::session::SignIn,
    clock::Timestamp,
    hcps::{self, Change, Details, Hcp, HcpKey, HcpToken, HcpType, Refusal, Status},
    invitations::{self, HcpInvited},
    store::{StoreError, Tx},
    web::{App, Browser, Failure, Faults, Fields, Form, Page, Problem, SignedIn, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/databases/{db}/hcps/{id}", get(show).post(edit))
        .route("/admin/databases/{db}/hcps/{id}/status", post(set_status))
        .route("/admin/databases/{db}/hcps/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "admin/hcp.html")]
struct HcpPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
    parent: Option<Hcp>,
    tokens: Vec<HcpToken>,
    keys: Vec<HcpKey>,
    invited: Option<HcpInvited>,
    parents: Parents,
    typed: Typed,
    faults: Faults,
    now: Timestamp,
}

/// What a form that was sent leaves on the page, when it did not fit.
#[derive(Default)]
pub(super) struct Left {
    typed: Option<Typed>,
    pub(super) faults: Faults,
    /// Organizations to choose from.
    choices: Vec<Hcp>,
}

impl HcpPage {
    fn invitation(&self) -> (&'static str, &'static str) {
        hcp_words::invitation(self.invited.map(|invited| invited.status))
    }

    fn is_person(&self) -> bool {
        self.hcp.kind == HcpType::Professional
    }

    fn is_over(&self, token: &HcpToken) -> bool {
        token.expires_at <= self.now
    }
}

impl From<Faults> for Left {
    fn from(faults: Faults) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }
}

impl From<&Hcp> for Typed {
    fn from(hcp: &Hcp) -> Self {
        let details = Details::from(hcp);
        Self {
            first_name: details.first_name.unwrap_or_default(),
            last_name: details.last_name.unwrap_or_default(),
            name: details.name.unwrap_or_default(),
            email: details.email.unwrap_or_default(),
            phone: details.phone.unwrap_or_default(),
            parent_id: details.parent_id.unwrap_or_default(),
            version: hcp.version.to_string(),
            ..Self::default()
        }
    }
}

/// The page of an HCP, with what does not fit in the form that was sent last.
///
/// # Errors
/// The database is away.
pub(super) async fn page(app: &App, t: Texts, desk: DirectoryDesk, hcp: Hcp, left: Left) -> Answer {
    let mut tx = app.store.read().await?;
    let parent = parent_of(&mut tx, &hcp).await?;
    let typed = left.typed.unwrap_or_else(|| typed(&hcp, parent.as_ref()));
    let faults = left.faults;
    let tokens = match desk.may_tokens() {
        true => hcps::tokens(&mut tx, hcp.id).await?,
        false => Vec::new(),
    };
    let status = faults.status();
    let page = HcpPage {
        t,
        frame: desk.frame.clone(),
        desk,
        parent,
        tokens,
        keys: hcps::keys(&mut tx, hcp.id).await?,
        invited: invitations::hcp_invited(&mut tx, &hcp).await?,
        parents: hcp_parent::field(&mut tx, hcp.database_id, left.choices).await?,
        typed,
        hcp,
        faults,
        now: tx.now(),
    };
    Ok(Page::new(page).status(status).into_response())
}

/// The organization above the HCP.
async fn parent_of(tx: &mut Tx, hcp: &Hcp) -> Result<Option<Hcp>, StoreError> {
    match hcp.parent_id {
        Some(parent) => hcps::find(tx, hcp.database_id, parent).await,
        None => Ok(None),
    }
}

/// The HCP as its form shows it.
fn typed(hcp: &Hcp, parent: Option<&Hcp>) -> Typed {
    Typed {
        parent_id: parent.map(Hcp::display_name).unwrap_or_default(),
        ..Typed::from(hcp)
    }
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    fields: Fields,
    t: Texts,
) -> Answer {
    let needed = Permission::HcpRead;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let desk = desk.saying(&t, &fields);
    page(&app, t, desk, hcp, Left::default()).await
}

/// The desk with the HCP that a path names.
///
/// # Errors
/// The page that says that there is none, or that he may not; or the database is away.
pub(super) async fn open(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    (db, id, needed): (&str, &str, Permission),
) -> Result<(DirectoryDesk, Hcp), Stop> {
    let desk = DirectoryDesk::at(app, browser, sign_in, (db, needed)).await?;
    let found = desk.hcp(&mut app.store.read().await?, id).await?;
    Ok((desk, found.ok_or(Problem::NotFound)?))
}

async fn edit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(mut typed): Form<Typed>,
) -> Answer {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let mut faults = Faults::default();
    let mut tx = app.store.read().await?;
    let parent = parent_of(&mut tx, &hcp).await?;
    let asked = (&typed, parent.as_ref());
    let (meant, choices) =
        hcp_parent::resolve((&mut tx, &t), hcp.database_id, asked, &mut faults).await?;
    drop(tx);
    match meant.details().check(hcp.kind) {
        Err(found) => hcp_words::add(&t, &mut faults, &found),
        Ok(_) if typed.version != hcp.version.to_string() => {
            hcp_words::refuse(&t, &mut faults, Refusal::Stale);
            typed.version = hcp.version.to_string();
        }
        Ok(_) if !faults.is_empty() => {}
        Ok(fit) => {
            let status = hcp.status;
            match change(&app, &browser, &desk, &hcp, Change { fit, status }).await? {
                Err(refusal) => hcp_words::refuse(&t, &mut faults, refusal),
                Ok(()) => return Ok(done(&desk.of(&hcp), "changed")),
            }
        }
    }
    let left = Left {
        typed: Some(typed),
        faults,
        choices,
    };
    page(&app, t, desk, hcp, left).await
}

async fn change(
    app: &App,
    browser: &Browser,
    desk: &DirectoryDesk,
    hcp: &Hcp,
    to: Change,
) -> Result<Result<(), Refusal>, Failure> {
    let mut tx = app.store.write_from(browser.origin()).await?;
    match hcps::change(&mut tx, &desk.directory, hcp, &to, &desk.doer).await? {
        Err(refusal) => Ok(Err(refusal)),
        Ok(_) => Ok(Ok(tx.commit().await?)),
    }
}

#[derive(Deserialize)]
struct Wanted {
    status: String,
    /// `list`: where the button was.
    #[serde(default)]
    to: String,
}

async fn set_status(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(wanted): Form<Wanted>,
) -> Answer {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let fit = Details::from(&hcp).check(hcp.kind);
    let (Some(status), Ok(fit)) = (Status::parse(&wanted.status), fit) else {
        return Ok(Problem::BadRequest.into_response());
    };
    match change(&app, &browser, &desk, &hcp, Change { fit, status }).await? {
        Ok(()) if wanted.to == "list" => Ok(done(&desk.list(), "changed")),
        Ok(()) => Ok(done(&desk.of(&hcp), "changed")),
        Err(refusal) => {
            let mut faults = Faults::default();
            hcp_words::refuse(&t, &mut faults, refusal);
            page(&app, t, desk, hcp, faults.into()).await
        }
    }
}

#[derive(Deserialize)]
struct Confirmation {
    confirm: String,
}

async fn delete(
    State(app): State<App>,
    FreshAtHcp(sign_in): FreshAtHcp,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Confirmation>,
) -> Answer {
    let needed = Permission::HcpDelete;
    let (desk, hcp) = open(&app, &browser, &sign_in, (&db, &id, needed)).await?;
    let mut faults = Faults::default();
    if typed.confirm.trim() != hcp.display_name() {
        faults.add("confirm", t.get("fault-confirm"));
        return page(&app, t, desk, hcp, faults.into()).await;
    }
    let mut tx = app.store.write_from(browser.origin()).await?;
    match hcps::delete(&mut tx, &desk.directory, &hcp, &desk.doer).await? {
        Ok(()) => {
            tx.commit().await?;
            Ok(done(&desk.list(), "deleted"))
        }
        Err(refusal) => {
            drop(tx);
            hcp_words::refuse(&t, &mut faults, refusal);
            page(&app, t, desk, hcp, faults.into()).await
        }
    }
}
