//! `/admin`: chooses the organization where there are several; `/admin/{org}`: says what
//! needs attention, or opens the first tab that the person may see.
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{
    attention,
    desk::{self, Answer, Desk},
    frame, paths,
};
use crate::{
    accounts,
    web::{App, Browser, Failure, Page, Problem, SignedIn, Texts, paths as web_paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(choose))
        .route("/admin/{org}", get(open))
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    t: Texts,
    csrf: String,
    name: String,
    /// Name and address of each organization.
    organizations: Vec<(String, String)>,
}

async fn choose(
    State(app): State<App>,
    SignedIn(sign_in): SignedIn,
    browser: Browser,
    t: Texts,
) -> Result<Response, Failure> {
    let mut seats = desk::seats(&app, sign_in.account).await?;
    // A config Member without grants has only his own profile (DOMAIN.md 7); anybody else
    // without a right has no business here.
    let is_member = seats.iter().any(|seat| seat.config_role.is_some());
    seats.retain(|seat| !seat.permissions.is_empty());
    match seats.as_slice() {
        [] if is_member => Ok(Redirect::to(&web_paths::account()).into_response()),
        [] => Ok(Problem::NotAllowed.into_response()),
        [only] => Ok(Redirect::to(&paths::console(only.organization.id)).into_response()),
        several => {
            let account = accounts::account(&mut app.store.read().await?, sign_in.account).await?;
            let entry = |seat: &crate::capacity::Seat| {
                let organization = &seat.organization;
                (organization.name.clone(), paths::console(organization.id))
            };
            let page = HomePage {
                t,
                csrf: browser.csrf().await?,
                name: account
                    .map(|account| account.display_name)
                    .unwrap_or_default(),
                organizations: several.iter().map(entry).collect(),
            };
            Ok(Page::new(page).into_response())
        }
    }
}

async fn open(desk: Desk, t: Texts) -> Answer {
    if let Some(page) = attention::page(&desk, t).await? {
        return Ok(page);
    }
    Ok(match frame::first_tab(&desk) {
        Some(tab) => Redirect::to(&tab).into_response(),
        None if desk.seat.config_role.is_some() => {
            Redirect::to(&web_paths::account()).into_response()
        }
        None => Problem::NotAllowed.into_response(),
    })
}
