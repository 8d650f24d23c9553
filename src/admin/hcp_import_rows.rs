//! `/admin/{org}/hcp-import/{db}/{iid}`: the rows of a file are looked at, taken and undone.
use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    hcp_import::directory,
    hcp_import_progress, import_words, paths,
};
use crate::{
    access::Permission,
    audit::{self, Action, Event},
    imports::{self, Column, Import, Invites, Refusal, Staged, Status},
    organizations::Directory,
    store::Tx,
    web::{App, Fields, Form, Nothing, Page, Problem, Texts, done, paths as web_paths},
};

/// Rows that are shown at first.
const ROWS: usize = 100;
/// What is done after so long shows no progress.
const SHORT: Duration = Duration::from_millis(700);

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/admin/{{org}}/hcp-import/{{db}}/{{iid}}{rest}");
    Router::new()
        .route(&place(""), get(show))
        .route(&place("/commit"), post(commit))
        .route(&place("/undo"), post(undo))
        .route(&place("/rejected.csv"), get(rejected))
}

/// What the page says was done.
const DEEDS: &[(&str, &str)] = &[
    ("imported", "done-imported"),
    ("undone", "done-import-undone"),
];

#[derive(Template)]
#[template(path = "admin/hcp_import_rows.html")]
struct RowsPage {
    t: Texts,
    frame: Frame,
    /// Why what was asked for was not done.
    refused: Option<String>,
    file_name: String,
    status: Status,
    is_undoable: bool,
    place: String,
    /// Where a mended file is read, into the same directory.
    again: String,
    titles: [&'static str; 6],
    accepted: Vec<Taken>,
    accepted_count: usize,
    rejected: Vec<Refused>,
    rejected_count: usize,
}

/// A row that fits.
struct Taken {
    number: u32,
    name: String,
    email: String,
    phone: String,
    parent: String,
}

/// A row that does not.
struct Refused {
    number: u32,
    values: [String; 6],
    reasons: Vec<String>,
}

type Place = Path<(String, String, String)>;

/// The import that the address names.
async fn find(
    desk: &Desk,
    tx: &mut Tx,
    Path((_, db, id)): &Place,
) -> Result<(Directory, Import), Stop> {
    desk.needs(Permission::HcpImport)?;
    let found = directory(desk, tx, db).await?;
    let missing = || Stop::from(Problem::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let import = imports::find(tx, found.database.id, id).await?;
    Ok((found, import.ok_or_else(missing)?))
}

async fn show(desk: Desk, place: Place, RawQuery(query): RawQuery, t: Texts) -> Answer {
    page(&desk, &place, &query.unwrap_or_default(), t, None).await
}

async fn page(
    desk: &Desk,
    place: &Place,
    query: &str,
    t: Texts,
    refusal: Option<Refusal>,
) -> Answer {
    let mut tx = desk.read().await?;
    let (found, import) = find(desk, &mut tx, place).await?;
    if import.status == Status::Committing {
        drop(tx);
        return hcp_import_progress::show(desk, t, import).await;
    }
    let lines = imports::lines(&mut tx, import.id).await?;
    let now = tx.now();
    drop(tx);
    let query = Fields::parse(query.as_bytes()).unwrap_or_default();
    let most = match query.one("show") {
        Some("all") => usize::MAX,
        _ => ROWS,
    };
    let org = desk.organization().id;
    let (accepted, rejected): (Vec<&Staged>, Vec<&Staged>) =
        lines.iter().partition(|staged| staged.line.is_accepted());
    let page = RowsPage {
        frame: desk.frame(Tab::Hcps).await?.saying(&t, &query, DEEDS),
        refused: refusal.map(|refusal| import_words::refusal(&t, refusal)),
        status: import.status,
        is_undoable: import.undoable(now).is_ok(),
        place: paths::hcp_import_rows(org, found.database.id, import.id),
        again: format!("{}?database={}", paths::hcp_import(org), found.database.id),
        titles: Column::ALL.map(Column::title),
        accepted_count: accepted.len(),
        accepted: accepted.into_iter().take(most).map(taken).collect(),
        rejected_count: rejected.len(),
        rejected: rejected
            .into_iter()
            .take(most)
            .map(|staged| refused(&t, staged))
            .collect(),
        file_name: import.file_name,
        t,
    };
    let status = match refusal {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    Ok(Page::new(page).status(status).into_response())
}

fn taken(staged: &Staged) -> Taken {
    let content = &staged.line.content;
    Taken {
        number: staged.line.number,
        name: format!("{} {}", content.first_name, content.last_name),
        email: content.email.clone().unwrap_or_default(),
        phone: content.phone.clone().unwrap_or_default(),
        parent: content.parent.map_or(String::new(), |id| id.to_string()),
    }
}

fn refused(t: &Texts, staged: &Staged) -> Refused {
    let reasons = staged.line.reasons.iter();
    Refused {
        number: staged.line.number,
        values: staged.line.content.values.clone(),
        reasons: reasons
            .map(|reason| import_words::reason(t, *reason))
            .collect(),
    }
}

/// How rows are taken.
#[derive(Debug, serde::Deserialize)]
struct Taking {
    /// Whether each new HCP is invited.
    #[serde(default)]
    invite: String,
}

async fn commit(desk: Desk, place: Place, t: Texts, Form(how): Form<Taking>) -> Answer {
    let mut tx = desk.write().await?;
    let (found, mut import) = find(&desk, &mut tx, &place).await?;
    let invites = !how.invite.is_empty();
    let begun = imports::begin(&mut tx, &mut import, &desk.doer(), invites).await?;
    if let Err(refusal) = begun {
        drop(tx);
        return page(&desk, &place, "", t, Some(refusal)).await;
    }
    tx.commit().await?;
    let app = &desk.app;
    let invites = Invites {
        mailer: app.mailer.clone(),
        place: app.config.issuer.url(&web_paths::invitation_link()),
    };
    let work = imports::set_going(&app.store, invites, import.id);
    let place = paths::hcp_import_rows(desk.organization().id, found.database.id, import.id);
    match tokio::time::timeout(SHORT, work).await {
        Ok(Ok(Ok(()))) => Ok(done(&place, "imported")),
        _ => Ok(Redirect::to(&place).into_response()), // it shows how far it is
    }
}

async fn undo(desk: Desk, place: Place, t: Texts, Form(Nothing {}): Form<Nothing>) -> Answer {
    let mut tx = desk.write().await?;
    let (found, mut import) = find(&desk, &mut tx, &place).await?;
    let undone = imports::undo(&mut tx, &found, &mut import, &desk.doer()).await?;
    match undone {
        Ok(_) => finish(&desk, tx, &found, &import, "undone").await,
        Err(refusal) => {
            drop(tx);
            page(&desk, &place, "", t, Some(refusal)).await
        }
    }
}

async fn finish(desk: &Desk, tx: Tx, found: &Directory, import: &Import, deed: &str) -> Answer {
    tx.commit().await?;
    let place = paths::hcp_import_rows(desk.organization().id, found.database.id, import.id);
    Ok(done(&place, deed))
}

async fn rejected(desk: Desk, place: Place) -> Answer {
    let mut tx = desk.write().await?;
    let (found, import) = find(&desk, &mut tx, &place).await?;
    let lines = imports::lines(&mut tx, import.id).await?;
    let event = Event::done(Action::HcpImportExported)
        .done_by(&desk.doer())
        .within(found.organization_id)
        .on(import.id);
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    let mut response: Response = imports::rejected_csv(&lines)?.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"rejected.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
