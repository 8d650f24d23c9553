//! `/api/v1/databases/{db}/hcp-imports`: HCPs out of spreadsheets.
use std::time::Duration;

use axum::{
    Router,
    extract::{
        DefaultBodyLimit, Multipart, Path, State,
        multipart::{MultipartError, MultipartRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    databases::directory,
    hcp_import_shown::ImportShown,
    json::{self, OptionalInput},
    problem::{self, FieldFault, Kind, Problem},
};
use crate::{
    access::Permission,
    audit::{self, Action, Event},
    imports::{self, FileFault, Import, Invites, Refusal},
    organizations::Directory,
    spreadsheet::{self, Limits},
    store::Tx,
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/databases/{{db}}/hcp-imports{rest}");
    // How much may come is decided before a handler is asked.
    let upload = post(upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route(&place(""), upload)
        .route(&place("/{iid}"), get(show))
        .route(&place("/{iid}/commit"), post(commit))
        .route(&place("/{iid}/undo"), post(undo))
        .route(&place("/{iid}/rejected.csv"), get(rejected))
}

#[derive(OpenApi)]
#[openapi(paths(upload, show, commit, undo, rejected))]
pub(super) struct Document;

/// The field `file` of a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is read")]
struct Upload {
    /// `.xlsx`, `.xls`, `.xml` (Excel 2003), `.ods`, `.csv` or `.txt`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Reads a file and stages its rows for an hour. Nothing is made yet: the answer shows which
/// rows fit and, with every reason, which do not.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcp-imports",
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 201, body = ImportShown), (status = 413, body = problem::Body), (status = 415, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:import"]))
)]
async fn upload(
    State(app): State<App>,
    caller: Caller,
    Path(db): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    directory(&caller, Permission::HcpImport, &mut tx, &db).await?;
    drop(tx);
    let form = form.map_err(|_| Problem::of(Kind::UnsupportedMediaType))?;
    let (name, bytes) = file(form).await?;
    let limits = Limits {
        rows: usize::try_from(app.config.import.max_rows)?.saturating_add(1),
        bytes: usize::try_from(app.config.import.max_bytes)?,
    };
    let sheet = imports::read(&app.spreadsheets, &bytes, &name, limits).await?;
    drop(bytes);
    let mut tx = caller.read().await?;
    let found = directory(&caller, Permission::HcpImport, &mut tx, &db).await?;
    drop(tx);
    let origin = Some(caller.origin());
    let staged = imports::stage(&app.store, origin, &found, sheet, &caller.doer()).await?;
    let (import, lines) = staged.map_err(|fault| unfit(&fault))?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/databases/{}/hcp-imports/{}",
        found.database.id, import.id
    );
    Ok(json::created(&place, ImportShown::of(&import, lines)))
}

/// The name and the bytes of the form's one file.
async fn file(mut form: Multipart) -> Result<(String, axum::body::Bytes), Problem> {
    let mut file = None;
    let broken = |_: MultipartError| Problem::of(Kind::Malformed);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        if file.replace((name, bytes)).is_some() {
            return Err(Problem::field("file", "repeated"));
        }
    }
    file.ok_or(Problem::field("file", "required"))
}

/// The answer to a file of which nothing is taken.
fn unfit(fault: &FileFault) -> Problem {
    let columns = fault.columns().iter();
    let columns = columns.map(|column| FieldFault::new(column.title(), fault.code()));
    Problem::of(match fault {
        FileFault::Unreadable(spreadsheet::Fault::UnsupportedFormat) => {
            Kind::UnsupportedFormat(fault.code())
        }
        FileFault::Unreadable(spreadsheet::Fault::FileTooLarge) => Kind::TooLarge(fault.code()),
        _ => Kind::UnfitFields(fault.code(), columns.collect()),
    })
}

/// An import, with its rows: for an hour while it is staged, for a week once it was taken.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcp-imports/{iid}",
    responses((status = 200, body = ImportShown), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:import"]))
)]
async fn show(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.read().await?;
    let (_, import) = find(&caller, &mut tx, (&db, &id)).await?;
    let lines = imports::lines(&mut tx, import.id).await?;
    Ok(json::show(ImportShown::of(&import, lines)))
}

/// How rows are taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommitInput {
    /// Whether each new HCP is invited.
    #[serde(default)]
    send_invitations: bool,
}

/// How long a caller waits for a commit. Requests have thirty seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes HCPs of the rows that fit, once. Rows that fit no more, because somebody else was
/// faster, are shown among the rejected ones. What takes longer than 20 seconds goes on behind a
/// 202, and so does all that is asked for with `Prefer: respond-async` (RFC 7240); the
/// import is `committing` until it is done.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcp-imports/{iid}/commit", request_body = CommitInput,
    responses((status = 200, body = ImportShown), (status = 202, body = ImportShown), (status = 404, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["hcp:import"]))
)]
async fn commit(
    State(app): State<App>,
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
    headers: HeaderMap,
    OptionalInput(input): OptionalInput<CommitInput>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, mut import) = find(&caller, &mut tx, (&db, &id)).await?;
    let (doer, invites) = (caller.doer(), input.send_invitations);
    let begun = imports::begin(&mut tx, &mut import, &doer, invites).await?;
    begun.map_err(refuse)?;
    tx.commit().await?;
    let invites = Invites {
        mailer: app.mailer.clone(),
        place: app.config.issuer.url(&paths::invitation_link()),
    };
    let going = imports::set_going(&app.store, invites, import.id);
    let done = match wants_no_answer(&headers) {
        true => None,
        false => tokio::time::timeout(PATIENCE, going).await.ok(),
    };
    let status = match done {
        Some(done) => done?.map(|()| StatusCode::OK)?,
        None => StatusCode::ACCEPTED,
    };
    let mut tx = caller.read().await?;
    let import = imports::find(&mut tx, found.database.id, import.id).await?;
    let import = import.ok_or(Problem::of(Kind::NotFound))?;
    let lines = imports::lines(&mut tx, import.id).await?;
    let shown = json::show(ImportShown::of(&import, lines));
    Ok((status, shown).into_response())
}

/// Whether the caller would rather ask again than wait (RFC 7240, section 4.1).
fn wants_no_answer(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").into_iter();
    let preferences = preferences.filter_map(|text| text.to_str().ok());
    let mut names = preferences.flat_map(|text| text.split([',', ';']));
    names.any(|name| name.trim().eq_ignore_ascii_case("respond-async"))
}

/// Deletes all HCPs that the import made, within a day and while nobody has touched any.
#[utoipa::path(
    post, path = "/api/v1/databases/{db}/hcp-imports/{iid}/undo",
    responses((status = 200, body = ImportShown), (status = 404, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["hcp:import"]))
)]
async fn undo(caller: Caller, Path((db, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, mut import) = find(&caller, &mut tx, (&db, &id)).await?;
    let undone = imports::undo(&mut tx, &found, &mut import, &caller.doer()).await?;
    let lines = undone.map_err(refuse)?;
    tx.commit().await?;
    Ok(json::show(ImportShown::of(&import, lines)))
}

/// The rows that do not fit, as CSV with a column of reasons.
#[utoipa::path(
    get, path = "/api/v1/databases/{db}/hcp-imports/{iid}/rejected.csv",
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = problem::Body)),
    security(("bearer" = ["hcp:import"]))
)]
async fn rejected(
    caller: Caller,
    Path((db, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = caller.write().await?;
    let (found, import) = find(&caller, &mut tx, (&db, &id)).await?;
    let lines = imports::lines(&mut tx, import.id).await?;
    let event = Event::done(Action::HcpImportExported)
        .done_by(&caller.doer())
        .within(found.organization_id)
        .on(import.id);
    audit::record(&mut tx, event).await?;
    tx.commit().await?;
    let mut response = imports::rejected_csv(&lines)?.into_response();
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

fn refuse(refusal: Refusal) -> Problem {
    Problem::of(Kind::Conflict(refusal.code()))
}

/// An import of a directory that the caller may import into; any other is not there (N-15).
async fn find(
    caller: &Caller,
    tx: &mut Tx,
    (db, id): (&str, &str),
) -> Result<(Directory, Import), Problem> {
    let found = directory(caller, Permission::HcpImport, tx, db).await?;
    let missing = || Problem::of(Kind::NotFound);
    let id = id.parse().map_err(|_| missing())?;
    let import = imports::find(tx, found.database.id, id).await?;
    Ok((found, import.ok_or_else(missing)?))
}
