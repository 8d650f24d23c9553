//! `/api/v1/organizations/{org}/config-users`: who configures the organization.
use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input, List},
    paging::Paging,
    problem::{self, Kind, Problem},
};
use crate::{
    access::{ConfigRole, Permission},
    clock::Timestamp,
    config_users::{self, ConfigChange, ConfigRefusal, ConfigUser, Granted, Status},
    id::AccountId,
    invitations::{self, NewInvitation, Offer},
    organizations::{self, Organization},
    store::Tx,
    web::{App, paths},
};

pub(super) fn routes() -> Router<App> {
    let place = |rest: &str| format!("/api/v1/organizations/{{org}}/config-users{rest}");
    Router::new()
        .route(&place(""), get(list).post(invite))
        .route(&place("/{account}"), get(show).patch(change).delete(end))
        .route(&place("/{account}/invitation"), post(resend))
}

#[derive(OpenApi)]
#[openapi(paths(list, show, invite, change, end, resend))]
pub(super) struct Document;

/// Somebody who configures the organization.
#[derive(Debug, Serialize, ToSchema)]
struct Shown {
    #[schema(value_type = uuid::Uuid)]
    id: AccountId,
    /// What the invitation says, until it is accepted.
    name: String,
    email: Option<String>,
    /// `owner` or `member`.
    role: &'static str,
    /// What a Member may do; nothing for an Owner, who may everything.
    #[schema(value_type = Vec<String>)]
    permissions: Vec<Permission>,
    /// Who granted each of them, and when.
    #[schema(value_type = Vec<Object>)]
    granted: Vec<Granted>,
    #[schema(value_type = String)]
    status: Status,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sign_in_at: Option<Timestamp>,
}

impl Shown {
    fn of(user: ConfigUser) -> Self {
        Self {
            id: user.grant.account,
            name: user.name,
            email: user.email,
            role: user.grant.role.name(),
            permissions: user.grant.granted.iter().map(|g| g.permission).collect(),
            granted: user.grant.granted,
            status: user.grant.status,
            last_sign_in_at: user.last_sign_in_at,
        }
    }
}

/// The config users whose rights have not ended.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/config-users",
    responses((status = 200, body = List<Shown>), (status = 404, body = problem::Body)),
    security(("bearer" = ["users:read"]))
)]
async fn list(
    caller: Caller,
    Path(org): Path<String>,
    paging: Paging,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::UsersRead, &org).await?;
    let mut tx = caller.read().await?;
    let page = (paging.after(), paging.rows());
    let found = config_users::config_users(&mut tx, organization.id, page).await?;
    let page = paging.list(found, |user| user.grant.account.to_string());
    Ok(json::show(List {
        items: page.items.into_iter().map(Shown::of).collect(),
        next: page.next,
    }))
}

/// One config user.
#[utoipa::path(
    get, path = "/api/v1/organizations/{org}/config-users/{account}",
    responses((status = 200, body = Shown), (status = 404, body = problem::Body)),
    security(("bearer" = ["users:read"]))
)]
async fn show(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::UsersRead, &org).await?;
    let mut tx = caller.read().await?;
    Ok(json::show(find(&mut tx, &organization, &account).await?))
}

async fn find(tx: &mut Tx, organization: &Organization, id: &str) -> Result<Shown, Problem> {
    let missing = || Problem::of(Kind::NotFound);
    let account: AccountId = id.parse().map_err(|_| missing())?;
    let found = config_users::config_user(tx, account, organization.id).await?;
    found.map(Shown::of).ok_or_else(missing)
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    email: String,
    /// First name and last name.
    name: String,
    /// `owner` or `member`.
    role: String,
    /// What a Member may do.
    #[serde(default)]
    permissions: Vec<String>,
}

/// Invites somebody by mail. The config grant waits with status `invited`.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/config-users", request_body = Invitation,
    responses((status = 201, body = Shown), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["config_users:write"]))
)]
async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(org): Path<String>,
    Input(input): Input<Invitation>,
) -> Result<Response, Problem> {
    let organization = caller.may_in(Permission::ConfigUsersWrite, &org).await?;
    let mut checks = Checks::default();
    let name = checks.name("name", &input.name);
    let email = checks.email("email", &input.email);
    let role = checks.word("role", &input.role, ConfigRole::parse, ConfigRole::Member);
    let wanted = permissions(&mut checks, &input.permissions);
    checks.finish()?;
    let Some(email) = email else {
        return Err(Problem::of(Kind::Broken)); // a fault is always told above
    };
    let mut tx = caller.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    let granted = match role {
        ConfigRole::Owner => Vec::new(),
        ConfigRole::Member => config_users::granted(&tx, &wanted, &[], &caller.doer()),
    };
    let new = NewInvitation {
        organization: Arc::clone(&organization),
        offer: Offer::ConfigUser(role, granted),
        email,
        name,
        by: caller.doer(),
    };
    let place = app.config.issuer.url(&paths::invitation_link());
    let invited = invitations::invite(&mut tx, &app.mailer, new, &place).await?;
    let account = invited.map_err(|_| Problem::of(Kind::Conflict("already_config_user")))?;
    let shown = find(&mut tx, &organization, &account.to_string()).await?;
    tx.commit().await?;
    let issuer = app.config.issuer.as_str();
    let place = format!(
        "{issuer}/api/v1/organizations/{}/config-users/{account}",
        organization.id
    );
    Ok(json::created(&place, shown))
}

fn permissions(checks: &mut Checks, names: &[String]) -> Vec<Permission> {
    let mut wanted = Vec::new();
    for name in names {
        match name.parse::<Permission>() {
            Ok(permission) if config_users::are_grantable(&[permission]) => wanted.push(permission),
            Ok(_) => checks.fault("permissions", "not_grantable"),
            Err(_) => checks.fault("permissions", "unknown_permission"),
        }
    }
    wanted
}

/// What may be changed of a config user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// `owner` or `member`.
    role: Option<String>,
    /// All that a Member may do from now on.
    permissions: Option<Vec<String>>,
}

/// Changes role or permissions; true from the next request.
#[utoipa::path(
    patch, path = "/api/v1/organizations/{org}/config-users/{account}", request_body = Change,
    responses((status = 200, body = Shown), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 412, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["config_users:write"]))
)]
async fn change(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
    headers: HeaderMap,
    Input(input): Input<Change>,
) -> Result<Response, Problem> {
    let (organization, mut tx) = begin(&caller, &org).await?;
    let before = find(&mut tx, &organization, &account).await?;
    json::check_match(&headers, &before)?;
    let mut checks = Checks::default();
    let role = input.role.as_deref();
    let role = role.map(|role| checks.word("role", role, ConfigRole::parse, ConfigRole::Member));
    let wanted = input.permissions.as_deref();
    let wanted = wanted.map(|names| permissions(&mut checks, names));
    checks.finish()?;
    let change = ConfigChange {
        role,
        permissions: wanted,
    };
    let whose = (before.id, organization.id);
    let answer = config_users::change(&mut tx, whose, change, &caller.doer()).await?;
    answer.map_err(refuse)?;
    let shown = find(&mut tx, &organization, &account).await?;
    tx.commit().await?;
    Ok(json::show(shown))
}

/// Ends the person's rights, or the invitation to them.
#[utoipa::path(
    delete, path = "/api/v1/organizations/{org}/config-users/{account}",
    responses((status = 204), (status = 403, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["config_users:write"]))
)]
async fn end(
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (organization, mut tx) = begin(&caller, &org).await?;
    let before = find(&mut tx, &organization, &account).await?;
    json::check_match(&headers, &before)?;
    let whose = (before.id, organization.id);
    let answer = config_users::end(&mut tx, whose, &caller.doer()).await?;
    answer.map_err(refuse)?;
    let kind = invitations::Kind::ConfigUser;
    invitations::void(&mut tx, before.id, organization.id, kind).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sends the link again; the one before is void.
#[utoipa::path(
    post, path = "/api/v1/organizations/{org}/config-users/{account}/invitation",
    responses((status = 204), (status = 404, body = problem::Body), (status = 409, body = problem::Body)),
    security(("bearer" = ["config_users:write"]))
)]
async fn resend(
    State(app): State<App>,
    caller: Caller,
    Path((org, account)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (organization, mut tx) = begin(&caller, &org).await?;
    let user = find(&mut tx, &organization, &account).await?;
    let place = app.config.issuer.url(&paths::invitation_link());
    let by = caller.doer();
    let whom = (user.id, invitations::Kind::ConfigUser, &by);
    let is_sent = invitations::resend(&mut tx, &app.mailer, &organization, whom, &place).await?;
    if !is_sent {
        return Err(Problem::of(Kind::Conflict("not_invited")));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn begin(caller: &Caller, org: &str) -> Result<(Arc<Organization>, Tx), Problem> {
    let organization = caller.may_in(Permission::ConfigUsersWrite, org).await?;
    let mut tx = caller.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    Ok((organization, tx))
}

fn refuse(refusal: ConfigRefusal) -> Problem {
    Problem::of(match refusal {
        ConfigRefusal::NotFound => Kind::NotFound,
        ConfigRefusal::LastOwner => Kind::Conflict("last_config_owner"),
    })
}
