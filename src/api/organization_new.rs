//! `POST /api/v1/organizations`: the platform's operator makes a tenant, invites its first
//! OWNER and its first config Owner, and registers its first applications.
use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    caller::Caller,
    checks::Checks,
    json::{self, Input},
    organization_clients::{self, FirstClient, Registered},
    organizations::Shown,
    problem::{self, Kind, Problem},
};
use crate::{
    access::{ConfigRole, Role, Roles},
    accounts::Identifier,
    audit::{self, Action, Event},
    id::AccountId,
    invitations::{self, NewInvitation, Offer},
    organizations::{self, NewOrganization, Organization, Settings, Status},
    store::Tx,
    web::{App, paths},
};

/// A tenant to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationInput {
    /// Unique on the server.
    name: String,
    /// What is left out has its default.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// The first provider with the role OWNER.
    owner: FirstPerson,
    /// The first config Owner.
    config_owner: FirstPerson,
    /// Applications, as `tutela apply` declares them; secrets that are left out are made.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    clients: Vec<Map<String, Value>>,
}

/// Somebody who is invited with the tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstPerson {
    email: String,
    name: String,
}

/// A tenant that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrganizationMade {
    #[serde(flatten)]
    organization: Shown,
    /// The account that waits for the OWNER.
    #[schema(value_type = uuid::Uuid)]
    owner_account_id: AccountId,
    /// The account that waits for the config Owner.
    #[schema(value_type = uuid::Uuid)]
    config_owner_account_id: AccountId,
    /// The applications; secrets that were made are shown here and never again.
    clients: Vec<Registered>,
}

/// Somebody to invite, read.
struct Guest {
    email: Identifier,
    name: String,
}

impl FirstPerson {
    fn read(&self, checks: &mut Checks, field: &str) -> Option<Guest> {
        let name = checks.name(&format!("{field}.name"), &self.name);
        let email = checks.email(&format!("{field}.email"), &self.email)?;
        Some(Guest { email, name })
    }
}

/// What is made, read.
struct Plan {
    name: String,
    settings: Settings,
    owner: Guest,
    config_owner: Guest,
    clients: Vec<FirstClient>,
}

impl OrganizationInput {
    fn read(self) -> Result<Plan, Problem> {
        let mut checks = Checks::default();
        let name = checks.name("name", &self.name);
        let settings = Settings::read(&self.settings).unwrap_or_else(|faults| {
            for fault in faults {
                checks.fault(&format!("settings.{}", fault.field), "invalid");
            }
            Settings::default()
        });
        let owner = self.owner.read(&mut checks, "owner");
        let config_owner = self.config_owner.read(&mut checks, "config_owner");
        let clients = organization_clients::read(&mut checks, self.clients);
        checks.finish()?;
        match (owner, config_owner) {
            (Some(owner), Some(config_owner)) => Ok(Plan {
                name,
                settings,
                owner,
                config_owner,
                clients,
            }),
            _ => Err(Problem::of(Kind::Broken)), // a fault is always told above
        }
    }
}

/// Makes a tenant.
#[utoipa::path(
    post, path = "/api/v1/organizations", request_body = OrganizationInput,
    responses((status = 201, body = OrganizationMade), (status = 403, body = problem::Body), (status = 409, body = problem::Body), (status = 422, body = problem::Body)),
    security(("bearer" = ["platform:admin"]))
)]
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    Input(input): Input<OrganizationInput>,
) -> Result<Response, Problem> {
    caller.may_administer_platform()?;
    let plan = input.read()?;
    let mut tx = caller.write().await?;
    let organization = insert(&mut tx, &plan).await?;
    let event = Event::done(Action::OrganizationMade)
        .done_by(&caller.doer())
        .within(organization.id)
        .on(organization.id);
    audit::record(&mut tx, event).await?;
    let roles = Roles::new([Role::Owner]).ok_or(Problem::of(Kind::Broken))?;
    let member = Offer::Member(roles);
    let config_user = Offer::ConfigUser(ConfigRole::Owner, Vec::new());
    let mut invited = Vec::new();
    for (guest, offer) in [(plan.owner, member), (plan.config_owner, config_user)] {
        let new = NewInvitation {
            organization: Arc::clone(&organization),
            offer,
            email: guest.email,
            name: guest.name,
            by: caller.doer(),
        };
        let place = app.config.issuer.url(&paths::invitation_link());
        let answer = invitations::invite(&mut tx, &app.mailer, new, &place).await?;
        invited.push(answer.map_err(|_| Problem::of(Kind::Conflict("already_member")))?);
    }
    let clients = organization_clients::register(&mut tx, &organization, plan.clients).await?;
    tx.commit().await?;
    let [owner_account_id, config_owner_account_id] = invited[..] else {
        return Err(Problem::of(Kind::Broken));
    };
    let place = format!("/api/v1/organizations/{}", organization.id);
    let made = OrganizationMade {
        organization: Shown::of(&organization),
        owner_account_id,
        config_owner_account_id,
        clients,
    };
    Ok(json::created(&app.config.issuer.url(&place), made))
}

async fn insert(tx: &mut Tx, plan: &Plan) -> Result<Arc<Organization>, Problem> {
    let new = NewOrganization {
        id: None,
        name: plan.name.clone(),
        status: Status::Active,
        settings: plan.settings.clone(),
    };
    let id = organizations::insert(tx, &new).await?;
    let id = id.ok_or(Problem::of(Kind::Conflict("name_taken")))?;
    let found = organizations::get(tx, id).await?;
    found.map(Arc::new).ok_or(Problem::of(Kind::Broken))
}
