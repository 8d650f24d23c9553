//! `/admin/databases/{db}/hcps/{id}`: one HCP, with its tokens and keys; it is edited,
//! disabled and deleted here.
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    directory::DirectoryDesk,
    frame::{Frame, done},
    hcp_new::Typed,
    hcp_words,
};
use crate::{
    access::Permission,
    accounts::session::SignIn,
    clock::Timestamp,
    hcps::{self, Change, Details, Hcp, HcpKey, HcpToken, HcpType, Refusal, Status},
    invitations::{self, HcpInvitationStatus, HcpInvited},
    web::{App, Browser, Failure, Faults, Fields, Form, Page, Problem, SignedIn, Texts},
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
    typed: Typed,
    faults: Faults,
    now: Timestamp,
}

impl HcpPage {
    /// The key of the words for where the last invitation stands.
    fn invitation(&self) -> &'static str {
        match self.invited.map(|invited| invited.status) {
            None => "not-invited",
            Some(HcpInvitationStatus::Sent) => "invitation-sent",
            Some(HcpInvitationStatus::Accepted) => "invitation-accepted",
            Some(HcpInvitationStatus::Expired) => "invitation-expired",
            Some(HcpInvitationStatus::Void) => "invitation-void",
        }
    }

    fn may_be_invited(&self) -> bool {
        self.hcp.account_id.is_none() && self.hcp.email.is_some()
    }

    fn is_person(&self) -> bool {
        self.hcp.kind == HcpType::Professional
    }

    fn is_over(&self, token: &HcpToken) -> bool {
        token.expires_at <= self.now
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
            kind: String::new(),
        }
    }
}

/// The page of an HCP, with what does not fit in the form that was sent last.
///
/// # Errors
/// The database is away.
pub(super) async fn page(
    app: &App,
    t: Texts,
    desk: DirectoryDesk,
    hcp: Hcp,
    (typed, faults): (Option<Typed>, Faults),
) -> Result<Response, Failure> {
    let mut tx = app.store.read().await?;
    let parent = match hcp.parent_id {
        Some(parent) => hcps::find(&mut tx, hcp.database_id, parent).await?,
        None => None,
    };
    let tokens = match desk.may_tokens() {
        true => hcps::tokens(&mut tx, hcp.id).await?,
        false => Vec::new(),
    };
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = HcpPage {
        t,
        frame: desk.frame.clone(),
        desk,
        parent,
        tokens,
        keys: hcps::keys(&mut tx, hcp.id).await?,
        invited: invitations::hcp_invited(&mut tx, &hcp).await?,
        typed: typed.unwrap_or_else(|| Typed::from(&hcp)),
        hcp,
        faults,
        now: tx.now(),
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn show(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    t: Texts,
) -> Result<Response, Failure> {
    let needed = Permission::HcpRead;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let fields = Fields::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let desk = desk.saying(&t, &fields);
    page(&app, t, desk, hcp, (None, Faults::default())).await
}

/// The desk with the HCP that a path names.
///
/// # Errors
/// The database is away.
pub(super) async fn open(
    app: &App,
    browser: &Browser,
    sign_in: &SignIn,
    (db, id, needed): (&str, &str, Permission),
) -> Result<Result<(DirectoryDesk, Hcp), Problem>, Failure> {
    let desk = match DirectoryDesk::at(app, browser, sign_in, (db, needed)).await? {
        Ok(desk) => desk,
        Err(problem) => return Ok(Err(problem)),
    };
    let found = desk.hcp(&mut app.store.read().await?, id).await?;
    Ok(found.map(|hcp| (desk, hcp)).ok_or(Problem::NotFound))
}

async fn edit(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(mut typed): Form<Typed>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let mut faults = Faults::default();
    match typed.details().check(hcp.kind) {
        Err(found) => hcp_words::add(&t, &mut faults, &found),
        Ok(_) if typed.version != hcp.version.to_string() => {
            hcp_words::refuse(&t, &mut faults, Refusal::Stale);
            typed.version = hcp.version.to_string();
        }
        Ok(fit) => {
            let status = hcp.status;
            match change(&app, &browser, &desk, &hcp, Change { fit, status }).await? {
                Err(refusal) => hcp_words::refuse(&t, &mut faults, refusal),
                Ok(()) => return Ok(done(&desk.of(&hcp), "changed")),
            }
        }
    }
    page(&app, t, desk, hcp, (Some(typed), faults)).await
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
}

async fn set_status(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpWrite;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let fit = Details::from(&hcp).check(hcp.kind);
    let (Some(status), Ok(fit)) = (Status::parse(&wanted.status), fit) else {
        return Ok(Problem::BadRequest.into_response());
    };
    match change(&app, &browser, &desk, &hcp, Change { fit, status }).await? {
        Ok(()) => Ok(done(&desk.of(&hcp), "changed")),
        Err(refusal) => {
            let mut faults = Faults::default();
            hcp_words::refuse(&t, &mut faults, refusal);
            page(&app, t, desk, hcp, (None, faults)).await
        }
    }
}

#[derive(Deserialize)]
struct Confirmation {
    confirm: String,
}

async fn delete(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Confirmation>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpDelete;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let mut faults = Faults::default();
    if typed.confirm.trim() != hcp.display_name() {
        faults.add("confirm", t.get("fault-confirm"));
        return page(&app, t, desk, hcp, (None, faults)).await;
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
            page(&app, t, desk, hcp, (None, faults)).await
        }
    }
}
