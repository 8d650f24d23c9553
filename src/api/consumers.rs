//! `/api/v1/organizations/{org}/consumers`: the organization's patients and guardians.
use axum::{
    Router,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    me_relations::DependentInput,
    paging::Paging,
    problem::{self, Kind, Problem},
    relations::{Relation, refuse},
};
use crate::{
    access::Permission,
    accounts::{self, Account, IdentifierKind, NewAccount, PersonChange, Standing, Status},
    clock::Timestamp,
    guardianship,
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
    web::App,
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/organizations/{{org}}/consumers{rest}");
    Router::new()
        .route(&place(""), get(list).post(create))
        .route(&place("/{account}"), get(show).patch(change))
        .route(&place("/{account}/dependents"), post(add_dependent))
        .route(&place("/{account}/emancipation"), post(emancipate))
}

#[derive(OpenApi)]
#[openapi(paths(list, create, show, change, add_dependent, emancipate))]
pub(super) struct Document;

/// A consumer of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Consumer {
    #[schema(value_type = uuid::Uuid)]
    id: AccountId,
    given_name: String,
    family_name: String,
    display_name: String,
    /// YYYY-MM-DD.
    #[schema(value_type = Option<String>)]
    birth_date: Option<jiff::civil::Date>,
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = String)]
    standing: Standing,
    /// The FHIR Patient.
    patient_id: Option<String>,
    /// Owned by the person; a dependent shows none of his guardian's.
    email: Option<String>,
    phone: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    emancipated_at: Option<Timestamp>,
}

async fn consumer(
    tx: &mut Tx,
    account: Account,
    organization: OrganizationId,
) -> Result<Option<Consumer>, StoreError> {
    let Some(profile) = accounts::profile(tx, account.id, organization).await? else {
        return Ok(None);
    };
    let owned = accounts::contacts(tx, account.id).await?;
    let first = |kind| accounts::first_of(&owned, kind);
    Ok(Some(Consumer {
        email: first(IdentifierKind::Email),
        phone: first(IdentifierKind::Phone),
        id: account.id,
        given_name: account.given_name,
        family_name: account.family_name,
        display_name: account.display_name,
        birth_date: account.birth_date,
        status: account.status,
        standing: account.standing,
        patient_id: profile.patient_id,
        emancipated_at: account.emancipated_at,
    }))
}

/// The consumers, oldest first. Filters: `patient_id`, and `q`: a part of the name, the
/// beginning of the e-mail address, digits of the phone number, or the patient id.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/consumers",
    responses((status = 200, body = List<Consumer>), (status = 404, body = problem::Body)),
    security(("bearer" = ["consumers:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConsumersRead, &org).await?.id;
    let mut tx = caller.read().await?;
    let found = match paging.filters.one("patient_id") {
        Some(patient) => {
            let account = accounts::by_patient(&mut tx, organization, patient).await?;
            account.into_iter().collect()
        }
        None => {
            let page = (paging.after(), paging.rows());
            let text = paging.filters.one("q").unwrap_or_default();
            let found = accounts::consumers(&mut tx, organization, text, page).await?;
            found.into_iter().map(|consumer| consumer.account).collect()
        }
    };
    let page = paging.list(found, AccountId::to_string);
    let mut items = Vec::new();
    for id in page.items {
        if let Some(account) = accounts::account(&mut tx, id).await? {
            items.extend(consumer(&mut tx, account, organization).await?);
        }
    }
    Ok(json::show(List {
        items,
        next: page.next,
    }))
}

/// A person whom staff enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsumerInput {
    given_name: String,
    family_name: String,
    /// YYYY-MM-DD.
    birth_date: String,
    /// The FHIR Patient.
    patient_id: Option<String>,
}

/// Enters a person without an identifier. Who is grown up takes the account over by a
/// hand-over code; for a minor a guardian is proposed.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/consumers", request_body = ConsumerInput,
    responses((status = 201, body = Consumer), (status = 409, description = "patient_id_taken", body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["consumers:write"]))
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<ConsumerInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConsumersWrite, &org).await?;
    let mut tx = caller.write().await?;
    let mut checks = Checks::default();
    let birth_date = checks.date("birth_date", &input.birth_date);
    let new = NewAccount {
        id: None,
        standing: Standing::Dependent,
        given_name: checks.name("given_name", &input.given_name),
        family_name: checks.name("family_name", &input.family_name),
        birth_date: Some(birth_date),
    };
    let today = organization.settings.time_zone.day_of(tx.now());
    if birth_date > today {
        checks.fault("birth_date", "invalid");
    }
    let patient = input
        .patient_id
        .map(|text| checks.text("patient_id", &text, 1, 64));
    checks.finish()?;
    let new = (new, patient.as_deref());
    let doer = caller.doer();
    let created = accounts::create_consumer(&mut tx, organization.id, new, &doer).await?;
    let id = created.ok_or(Problem::of(Kind::Conflict("patient_id_taken")))?;
    let (_, shown) = find(&mut tx, organization.id, &id.to_string()).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/consumers/{id}",
        organization.id
    );
    Ok(json::created(&place, shown))
}

/// One consumer.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/consumers/{account}",
    responses((status = 200, body = Consumer), (status = 404, body = problem::Body)),
    security(("bearer" = ["consumers:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConsumersRead, &org).await?.id;
    let mut tx = caller.read().await?;
    Ok(json::show(find(&mut tx, organization, &id).await?.1))
}

/// What staff may change. `birth_date` needs `guardianships:write` besides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsumerChange {
    given_name: Option<String>,
    family_name: Option<String>,
    birth_date: Option<String>,
    patient_id: Option<String>,
    /// `active` or `suspended`.
    status: Option<String>,
}

/// Changes a consumer.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/consumers/{account}", request_body = ConsumerChange,
    responses((status = 200, body = Consumer), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["consumers:write"]))
)]
async fn change(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<ConsumerChange>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConsumersWrite, &org).await?;
    let mut tx = caller.write().await?;
    let (account, shown) = find(&mut tx, organization.id, &id).await?;
    json::check_match(&headers, &shown)?;
    if input.birth_date.is_some() {
        caller.may(Permission::GuardianshipsWrite, organization.id)?;
        refuse_own(&mut tx, &caller, account.id).await?; // N-03
    }
    let mut checks = Checks::default();
    let status = |name: &str| match name {
        "active" => Some(Status::Active),
        "suspended" => Some(Status::Suspended),
        _ => None,
    };
    let change = PersonChange {
        given_name: input
            .given_name
            .map(|text| checks.name("given_name", &text)),
        family_name: input
            .family_name
            .map(|text| checks.name("family_name", &text)),
        birth_date: input
            .birth_date
            .map(|text| checks.date("birth_date", &text)),
        status: input
            .status
            .map(|name| checks.word("status", &name, status, account.status)),
        patient_id: input
            .patient_id
            .map(|text| checks.text("patient_id", &text, 1, 64)),
    };
    let today = organization.settings.time_zone.day_of(tx.now());
    if change.birth_date.is_some_and(|day| day > today) {
        checks.fault("birth_date", "invalid");
    }
    checks.finish()?;
    let doer = caller.doer();
    if !accounts::change_person(&mut tx, account, organization.id, change, &doer).await? {
        return Err(Problem::of(Kind::Conflict("patient_id_taken")));
    }
    let (_, shown) = find(&mut tx, organization.id, &id).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// A dependent that staff add for a guardian.
#[derive(Debug, Deserialize, ToSchema)]
struct StaffDependentInput {
    /// The FHIR Patient.
    patient_id: Option<String>,
    #[serde(flatten)]
    person: DependentInput,
}

/// Adds a new minor for whom the consumer cares; verified by staff.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/consumers/{account}/dependents", request_body = StaffDependentInput,
    responses((status = 201, body = Relation), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["consumers:write"]))
)]
async fn add_dependent(
    State(app): State<App>,
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<StaffDependentInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConsumersWrite, &org).await?;
    caller.may(Permission::GuardianshipsWrite, organization.id)?;
    let mut new = input.person.read()?;
    let mut checks = Checks::default();
    new.patient_id = input
        .patient_id
        .map(|text| checks.text("patient_id", &text, 1, 64));
    checks.finish()?;
    let mut tx = caller.write().await?;
    let (guardian, _) = find(&mut tx, organization.id, &id).await?;
    if caller.account() == Some(guardian.id) {
        return Err(Problem::of(Kind::Forbidden("own_relation"))); // I-16
    }
    let doer = caller.doer();
    let added = guardianship::add_dependent(
        &mut tx,
        &caller.notices(),
        &organization,
        guardian.id,
        new,
        &doer,
    )
    .await?;
    let relation = added.map_err(refuse)?;
    let shown = Relation::full(&mut tx, &relation).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/consumers/{}",
        organization.id, relation.dependent
    );
    Ok(json::created(&place, shown))
}

/// The proof of an emancipation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmancipationInput {
    /// Where the evidence is filed.
    evidence_ref: String,
}

/// Records that a minor counts as grown up from now on: parental relations stop at once.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/consumers/{account}/emancipation", request_body = EmancipationInput,
    responses((status = 200, body = Consumer), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["guardianships:write"]))
)]
async fn emancipate(
    caller: Caller,
    Path((org, id)): Path<(String, String)>,
    Input(input): Input<EmancipationInput>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::GuardianshipsWrite, &org).await?;
    let mut checks = Checks::default();
    let evidence = checks.text("evidence_ref", &input.evidence_ref, 1, 200);
    checks.finish()?;
    let mut tx = caller.write().await?;
    let (account, _) = find(&mut tx, organization.id, &id).await?;
    refuse_own(&mut tx, &caller, account.id).await?;
    if account.standing != Standing::Dependent || account.emancipated_at.is_some() {
        return Err(Problem::of(Kind::Conflict("wrong_state")));
    }
    let doer = caller.doer();
    guardianship::emancipate(
        &mut tx,
        &caller.notices(),
        &organization,
        account,
        &evidence,
        &doer,
    )
    .await?;
    let (_, shown) = find(&mut tx, organization.id, &id).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// I-16: whoever is guardian of the person, or the person himself, does not decide this.
pub(super) async fn refuse_own(
    tx: &mut Tx,
    caller: &Caller,
    person: AccountId,
) -> Result<(), Problem> {
    match guardianship::is_own_affair(tx, &caller.doer(), person).await? {
        true => Err(Problem::of(Kind::Forbidden("own_relation"))),
        false => Ok(()),
    }
}

/// A consumer of the organization; anybody else is not there (N-15).
pub(super) async fn find(
    tx: &mut Tx,
    organization: OrganizationId,
    id: &str,
) -> Result<(Account, Consumer), Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let id: AccountId = id.parse().map_err(|_| missing())?;
    let account = accounts::account(tx, id).await?.ok_or_else(missing)?;
    let shown = consumer(tx, account.clone(), organization).await?;
    Ok((account, shown.ok_or_else(missing)?))
}
