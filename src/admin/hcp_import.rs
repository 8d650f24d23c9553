//! `/admin/{org}/hcp-import`: a file of HCPs is chosen and read.
use askama::Template;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::header,
    response::{IntoResponse, Redirect},
    routing::get,
};

use super::{
    desk::{Answer, Desk, FreshDesk, Stop},
    frame::{Frame, Tab},
    import_words, paths,
};
use crate::{
    access::Permission,
    id::DatabaseId,
    imports,
    organizations::{self, Directory},
    spreadsheet::Limits,
    store::Tx,
    web::{App, Faults, Fields, FileForm, Page, Problem, Texts},
};

pub(super) fn routes() -> Router<App> {
    // How much may come is decided before a handler is asked.
    let page = get(choose).post(read).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/admin/{org}/hcp-import", page)
        .route("/admin/{org}/hcp-import/hcps.csv", get(example))
}

/// A file to begin with.
const EXAMPLE: &str = include_str!("../../docs/examples/hcps.csv");

async fn example(desk: Desk) -> Answer {
    desk.needs(Permission::HcpImport)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"hcps.csv\"",
        ),
    ];
    Ok((headers, EXAMPLE).into_response())
}

#[derive(Template)]
#[template(path = "admin/hcp_import.html")]
struct ImportPage {
    t: Texts,
    frame: Frame,
    action: String,
    /// Id, name, and whether it was chosen before.
    databases: Vec<(String, String, bool)>,
    faults: Faults,
}

async fn choose(FreshDesk(desk): FreshDesk, fields: Fields, t: Texts) -> Answer {
    desk.needs(Permission::HcpImport)?;
    let chosen = fields.one("database").unwrap_or_default();
    page(&desk, t, chosen, Faults::default()).await
}

async fn page(desk: &Desk, t: Texts, chosen: &str, faults: Faults) -> Answer {
    let org = desk.organization().id;
    let mut databases = Vec::new();
    let mut tx = desk.read().await?;
    for solution in organizations::solutions(&mut tx, org).await? {
        for database in organizations::databases(&mut tx, solution.id).await? {
            let (id, name) = (database.id.to_string(), database.name);
            let is_chosen = id == chosen;
            databases.push((id, format!("{}, {name}", solution.name), is_chosen));
        }
    }
    drop(tx);
    let status = faults.status();
    let page = ImportPage {
        frame: desk.frame(Tab::Hcps).await?,
        action: paths::hcp_import(org),
        databases,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn read(FreshDesk(desk): FreshDesk, t: Texts, form: FileForm) -> Answer {
    desk.needs(Permission::HcpImport)?;
    let chosen = form.fields.one("database").unwrap_or_default();
    let found = directory(&desk, &mut desk.read().await?, chosen).await?;
    let mut faults = Faults::default();
    if form.bytes.is_empty() {
        faults.add("file", t.get("fault-no-file"));
        return page(&desk, t, chosen, faults).await;
    }
    let import = &desk.app.config.import;
    let limits = Limits {
        rows: usize::try_from(import.max_rows)
            .unwrap_or(usize::MAX)
            .saturating_add(1),
        bytes: usize::try_from(import.max_bytes).unwrap_or(usize::MAX),
    };
    let reader = &desk.app.spreadsheets;
    let sheet = imports::read(reader, &form.bytes, &form.name, limits).await?;
    let origin = Some(desk.browser.origin());
    let staged = imports::stage(&desk.app.store, origin, &found, sheet, &desk.doer()).await?;
    match staged {
        Ok((import, _)) => {
            let place =
                paths::hcp_import_rows(desk.organization().id, found.database.id, import.id);
            Ok(Redirect::to(&place).into_response())
        }
        Err(fault) => {
            faults.add("file", import_words::fault(&t, &fault));
            page(&desk, t, chosen, faults).await
        }
    }
}

/// The database, if it is the organization's (N-15).
///
/// # Errors
/// The page that says that there is none.
pub(super) async fn directory(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Directory, Stop> {
    let missing = || Stop::from(Problem::NotFound);
    let id: DatabaseId = id.parse().map_err(|_| missing())?;
    let found = organizations::directory(tx, id).await?;
    let found = found.filter(|found| found.organization_id == desk.organization().id);
    found.ok_or_else(missing)
}
