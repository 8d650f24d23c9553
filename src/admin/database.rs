//! `/admin/{org}/solutions/{sid}/databases/{db}`: a directory is renamed and put away.
use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::IntoResponse,
    routing::{get, post},
};

use super::{
    databases::{DEEDS, Named, record},
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
    solution::{self, Confirmation},
};
use crate::{
    audit::Action,
    organizations::{self, Database, Solution},
    store::Tx,
    web::{App, Faults, Fields, Form, Page, Problem, Texts, done, paths as web_paths},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/solutions/{sid}/databases/{db}";
    Router::new()
        .route(place, get(show).post(rename))
        .route(&format!("{place}/archive"), post(archive))
}

#[derive(Template)]
#[template(path = "admin/database.html")]
struct DatabasePage {
    t: Texts,
    frame: Frame,
    solution: String,
    database: Database,
    /// Its HCPs.
    list: String,
    /// Where it is renamed.
    place: String,
    back: String,
    typed: Named,
    faults: Faults,
}

type Place = Path<(String, String, String)>;

/// The directory that a path names, if it is the organization's (N-15).
async fn find(
    desk: &Desk,
    tx: &mut Tx,
    Path((_, sid, id)): &Place,
) -> Result<(Solution, Database), Stop> {
    let solution = solution::find(desk, tx, sid).await?;
    let missing = || Stop::from(Problem::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let found = organizations::directory(tx, id).await?;
    let found = found.filter(|found| found.database.solution_id == solution.id);
    Ok((solution, found.ok_or_else(missing)?.database))
}

async fn show(desk: Desk, place: Place, fields: Fields, t: Texts) -> Answer {
    let found = find(&desk, &mut desk.read().await?, &place).await?;
    page(&desk, t, (found, &fields), (None, Faults::default())).await
}

async fn page(
    desk: &Desk,
    t: Texts,
    ((solution, database), query): ((Solution, Database), &Fields),
    (typed, faults): (Option<Named>, Faults),
) -> Answer {
    let status = faults.status();
    let org = desk.organization().id;
    let name = database.name.clone();
    let page = DatabasePage {
        frame: desk.frame(Tab::Hcps).await?.saying(&t, query, DEEDS),
        list: web_paths::admin_hcps(database.id),
        place: paths::database(org, solution.id, database.id),
        back: paths::all_databases(org),
        solution: solution.name,
        database,
        typed: typed.unwrap_or(Named { name }),
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn rename(desk: Desk, place: Place, t: Texts, Form(typed): Form<Named>) -> Answer {
    let mut tx = desk.write().await?;
    let (solution, database) = find(&desk, &mut tx, &place).await?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    if faults.is_empty() {
        match organizations::rename_database(&mut tx, database.id, &name).await {
            Err(error) if error.is_duplicate() => faults.add("name", t.get("fault-name-taken")),
            Err(error) => return Err(error.into()),
            Ok(()) => {
                let id = database.id.to_string();
                record(&mut tx, &desk, Action::DatabaseChanged, &id).await?;
                tx.commit().await?;
                let org = desk.organization().id;
                return Ok(done(
                    &paths::database(org, solution.id, database.id),
                    "renamed",
                ));
            }
        }
    }
    drop(tx);
    let found = ((solution, database), &Fields::default());
    page(&desk, t, found, (Some(typed), faults)).await
}

async fn archive(desk: Desk, place: Place, t: Texts, Form(typed): Form<Confirmation>) -> Answer {
    let mut tx = desk.write().await?;
    let (solution, database) = find(&desk, &mut tx, &place).await?;
    if typed.confirm.trim() != database.name {
        drop(tx);
        let mut faults = Faults::default();
        faults.add("confirm", t.get("fault-confirm"));
        let found = ((solution, database), &Fields::default());
        return page(&desk, t, found, (None, faults)).await;
    }
    organizations::archive_database(&mut tx, database.id).await?;
    let id = database.id.to_string();
    record(&mut tx, &desk, Action::DatabaseArchived, &id).await?;
    tx.commit().await?;
    Ok(done(&paths::hcps(desk.organization().id), "archived"))
}
