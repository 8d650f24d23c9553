//! `/admin/{org}/solutions/{sid}`: a solution is renamed and put away, and gets directories.
use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    databases::{DEEDS, Named, record},
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
};
use crate::{
    access::Permission,
    audit::Action,
    organizations::{self, Database, Solution},
    store::Tx,
    web::{App, Faults, Fields, Form, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    let place = "/admin/{org}/solutions/{sid}";
    Router::new()
        .route(place, get(show).post(rename))
        .route(&format!("{place}/archive"), post(archive))
        .route(&format!("{place}/databases"), post(create_database))
}

#[derive(Template)]
#[template(path = "admin/solution.html")]
struct SolutionPage {
    t: Texts,
    frame: Frame,
    solution: Solution,
    /// Where it is renamed.
    place: String,
    back: String,
    typed: Named,
    /// The name of a new directory.
    new: String,
    faults: Faults,
}

/// A typed name that says that it is meant.
#[derive(Debug, Deserialize)]
pub(super) struct Confirmation {
    #[serde(default)]
    pub(super) confirm: String,
}

#[derive(Debug, Deserialize)]
struct NewDatabase {
    #[serde(default)]
    database: String,
}

/// The solution that a path names, if it is the organization's (N-15).
///
/// # Errors
/// The page that says that there is none, or that he may not.
pub(super) async fn find(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Solution, Stop> {
    desk.needs(Permission::OrgWrite)?;
    let missing = || Stop::from(Problem::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let found = organizations::solution(tx, id).await?;
    let found = found.filter(|found| found.organization_id == desk.organization().id);
    found.ok_or_else(missing)
}

async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
    t: Texts,
) -> Answer {
    let solution = find(&desk, &mut desk.read().await?, &id).await?;
    let typed = Named {
        name: solution.name.clone(),
    };
    page(
        &desk,
        t,
        (solution, &fields),
        (typed, String::new(), Faults::default()),
    )
    .await
}

async fn page(
    desk: &Desk,
    t: Texts,
    (solution, query): (Solution, &Fields),
    (typed, new, faults): (Named, String, Faults),
) -> Answer {
    let status = faults.status();
    let org = desk.organization().id;
    let page = SolutionPage {
        frame: desk.frame(Tab::Hcps).await?.saying(&t, query, DEEDS),
        place: paths::solution(org, solution.id),
        back: paths::all_databases(org),
        solution,
        typed,
        new,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

/// The page with what does not fit.
async fn refuse(desk: &Desk, t: Texts, solution: Solution, faults: Faults) -> Answer {
    let typed = Named {
        name: solution.name.clone(),
    };
    let left = (typed, String::new(), faults);
    page(desk, t, (solution, &Fields::default()), left).await
}

async fn rename(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Named>,
) -> Answer {
    let mut tx = desk.write().await?;
    let solution = find(&desk, &mut tx, &id).await?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    if faults.is_empty() {
        match organizations::rename_solution(&mut tx, solution.id, &name).await {
            Err(error) if error.is_duplicate() => faults.add("name", t.get("fault-name-taken")),
            Err(error) => return Err(error.into()),
            Ok(()) => {
                let id = solution.id.to_string();
                record(&mut tx, &desk, Action::SolutionChanged, &id).await?;
                tx.commit().await?;
                return Ok(done(
                    &paths::solution(solution.organization_id, solution.id),
                    "renamed",
                ));
            }
        }
    }
    drop(tx);
    let left = (typed, String::new(), faults);
    page(&desk, t, (solution, &Fields::default()), left).await
}

async fn archive(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Confirmation>,
) -> Answer {
    let mut tx = desk.write().await?;
    let solution = find(&desk, &mut tx, &id).await?;
    if typed.confirm.trim() != solution.name {
        drop(tx);
        let mut faults = Faults::default();
        faults.add("confirm", t.get("fault-confirm"));
        return refuse(&desk, t, solution, faults).await;
    }
    organizations::archive_solution(&mut tx, solution.id).await?;
    let id = solution.id.to_string();
    record(&mut tx, &desk, Action::SolutionArchived, &id).await?;
    tx.commit().await?;
    Ok(done(&paths::hcps(solution.organization_id), "archived"))
}

async fn create_database(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<NewDatabase>,
) -> Answer {
    let mut tx = desk.write().await?;
    let solution = find(&desk, &mut tx, &id).await?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "database", &typed.database);
    if faults.is_empty() {
        let database = Database {
            id: tx.id(),
            solution_id: solution.id,
            name,
        };
        if organizations::insert_database(&mut tx, &database).await? {
            let id = database.id.to_string();
            record(&mut tx, &desk, Action::DatabaseCreated, &id).await?;
            tx.commit().await?;
            return Ok(done(&paths::hcps(solution.organization_id), "made"));
        }
        faults.add("database", t.get("fault-name-taken"));
    }
    drop(tx);
    let named = Named {
        name: solution.name.clone(),
    };
    let left = (named, typed.database, faults);
    page(&desk, t, (solution, &Fields::default()), left).await
}
