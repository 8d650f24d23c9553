//! `/admin/databases/{db}/hcps/{id}/tokens`: a token is made and shown once, or deleted.
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;

use super::{
    directory::DirectoryDesk,
    frame::{Frame, done},
    hcp::{open, page},
    hcp_words,
};
use crate::{
    access::Permission,
    clock::Timestamp,
    hcps::{self, Hcp, HcpToken, NewToken},
    secret::Secret,
    web::{App, Browser, Failure, Faults, Form, Nothing, Page, Problem, SignedIn, Texts},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/databases/{db}/hcps/{id}/tokens";
    Router::new()
        .route(place, post(create))
        .route(&format!("{place}/{{tid}}/delete"), post(delete))
}

#[derive(Template)]
#[template(path = "admin/hcp_tokens.html")]
struct CreatedPage {
    t: Texts,
    frame: Frame,
    desk: DirectoryDesk,
    hcp: Hcp,
    token: HcpToken,
    secret: Secret,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    /// In so many days.
    #[serde(default)]
    days: String,
}

impl Typed {
    fn read(self, now: Timestamp) -> NewToken {
        let days: i64 = self.days.parse().unwrap_or(0);
        NewToken {
            name: self.name,
            expires_at: now.plus_seconds(days.saturating_mul(24 * 60 * 60)),
        }
    }
}

async fn create(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpTokens;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let new = typed.read(tx.now());
    let made = hcps::issue_token(&mut tx, &desk.organization, &hcp, &new, &desk.doer).await?;
    match made {
        Ok((token, secret)) => {
            tx.commit().await?;
            Ok(Page::new(CreatedPage {
                t,
                frame: desk.frame.clone(),
                desk,
                hcp,
                token,
                secret,
            })
            .into_response())
        }
        Err(refusal) => {
            drop(tx);
            let mut faults = Faults::default();
            hcp_words::refuse_token(&t, &mut faults, &refusal);
            page(&app, t, desk, hcp, (None, faults)).await
        }
    }
}

async fn delete(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    Path((db, id, tid)): Path<(String, String, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let needed = Permission::HcpTokens;
    let (desk, hcp) = match open(&app, &browser, &sign_in, (&db, &id, needed)).await? {
        Ok(found) => found,
        Err(problem) => return Ok(problem.into_response()),
    };
    let Ok(tid) = tid.parse() else {
        return Ok(Problem::NotFound.into_response());
    };
    let mut tx = app.store.write_from(browser.origin()).await?;
    let organization = desk.organization.id;
    let is_deleted = hcps::delete_token(&mut tx, organization, &hcp, tid, &desk.doer).await?;
    tx.commit().await?;
    Ok(match is_deleted {
        true => done(&desk.of(&hcp), "token-deleted"),
        false => Problem::NotFound.into_response(),
    })
}
