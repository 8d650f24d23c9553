//! `/admin/{org}/config-users/invite` and `…/{account}`: invites a config user, or changes one.
use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    desk::{Answer, Desk, FreshDesk, Stop},
    frame::{Frame, Tab},
    paths, words,
};
use crate::{
    access::{ConfigRole, Permission},
    accounts::Identifier,
    config_users::{self, ConfigChange, ConfigRefusal, ConfigUser, Status},
    id::AccountId,
    invitations::{self, NewInvitation, Offer},
    organizations,
    web::{App, Faults, Form, Nothing, Page, Problem, Texts, done, paths as web_paths},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/admin/{org}/config-users/invite",
            get(invite_form).post(invite),
        )
        .route(
            "/admin/{org}/config-users/{account}",
            get(show).post(change),
        )
        .route("/admin/{org}/config-users/{account}/{deed}", post(deed))
}

/// What a form says: role and permissions, and whom it is about where he is invited.
#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    permissions: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/config_user.html")]
struct FormPage {
    t: Texts,
    frame: Frame,
    action: String,
    back: String,
    /// `None`: somebody to be invited.
    who: Option<Who>,
    typed: Typed,
    /// Value, words and whether it is ticked.
    permissions: Vec<(String, String, bool)>,
    faults: Faults,
}

/// Somebody who configures, or is asked to.
struct Who {
    name: String,
    email: String,
    status: Status,
}

async fn form(
    desk: &Desk,
    t: Texts,
    who: Option<(AccountId, Who)>,
    (typed, faults): (Typed, Faults),
) -> Answer {
    let org = desk.organization().id;
    let status = faults.status();
    let option = |permission: Permission| {
        let name = permission.to_string();
        let is_ticked = typed.permissions.contains(&name);
        words::permission(&t, permission).map(|words| (name, words, is_ticked))
    };
    let page = FormPage {
        frame: desk.frame(Tab::ConfigUsers).await?,
        action: match &who {
            Some((account, _)) => paths::config_user(org, *account),
            None => paths::invite_config_user(org),
        },
        back: paths::config_users(org),
        permissions: ConfigRole::GRANTABLE.iter().filter_map(option).collect(),
        who: who.map(|(_, who)| who),
        typed,
        faults,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

async fn invite_form(FreshDesk(desk): FreshDesk, t: Texts) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    let typed = Typed {
        role: ConfigRole::Member.name().to_owned(),
        ..Typed::default()
    };
    form(&desk, t, None, (typed, Faults::default())).await
}

fn wanted(t: &Texts, typed: &Typed, faults: &mut Faults) -> (Option<ConfigRole>, Vec<Permission>) {
    let role = ConfigRole::parse(&typed.role);
    if role.is_none() {
        faults.add("role", t.get("fault-choose"));
    }
    let all: Result<Vec<Permission>, _> = typed.permissions.iter().map(|p| p.parse()).collect();
    match all {
        Ok(all) if config_users::are_grantable(&all) => (role, all),
        _ => {
            faults.add("permissions", t.get("fault-permissions"));
            (role, Vec::new())
        }
    }
}

async fn invite(FreshDesk(desk): FreshDesk, t: Texts, Form(typed): Form<Typed>) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    let mut faults = Faults::default();
    let name = faults.name(&t, "name", &typed.name);
    let email = Identifier::email(&typed.email);
    if email.is_none() {
        faults.add("email", t.get("fault-email"));
    }
    let (role, permissions) = wanted(&t, &typed, &mut faults);
    let (Some(email), Some(role), true) = (email, role, faults.is_empty()) else {
        return form(&desk, t, None, (typed, faults)).await;
    };
    let organization = desk.organization();
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    let granted = match role {
        ConfigRole::Owner => Vec::new(),
        ConfigRole::Member => config_users::granted(&tx, &permissions, &[], &desk.doer()),
    };
    let new = NewInvitation {
        organization: Arc::clone(organization),
        offer: Offer::ConfigUser(role, granted),
        email,
        name,
        by: desk.doer(),
    };
    let place = desk.app.config.issuer.url(&web_paths::invitation_link());
    let invited = invitations::invite(&mut tx, &desk.app.mailer, new, &place).await?;
    if invited.is_err() {
        faults.add("email", t.get("fault-takes-part"));
        return form(&desk, t, None, (typed, faults)).await;
    }
    tx.commit().await?;
    Ok(done(&paths::config_users(organization.id), "invited"))
}

async fn find(desk: &Desk, account: &str) -> Result<ConfigUser, Stop> {
    let account: AccountId = account.parse().map_err(|_| Problem::NotFound)?;
    let organization = desk.organization().id;
    let found = config_users::config_user(&mut desk.read().await?, account, organization).await?;
    Ok(found.ok_or(Problem::NotFound)?)
}

fn who(user: ConfigUser) -> (AccountId, Who) {
    let who = Who {
        name: user.name,
        email: user.email.unwrap_or_default(),
        status: user.grant.status,
    };
    (user.grant.account, who)
}

async fn show(
    FreshDesk(desk): FreshDesk,
    Path((_, account)): Path<(String, String)>,
    t: Texts,
) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    let user = find(&desk, &account).await?;
    let granted = user.grant.granted.iter();
    let typed = Typed {
        role: user.grant.role.name().to_owned(),
        permissions: granted.map(|g| g.permission.to_string()).collect(),
        ..Typed::default()
    };
    form(&desk, t, Some(who(user)), (typed, Faults::default())).await
}

async fn change(
    FreshDesk(desk): FreshDesk,
    Path((_, account)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    let user = find(&desk, &account).await?;
    let mut faults = Faults::default();
    let (role, permissions) = wanted(&t, &typed, &mut faults);
    if !faults.is_empty() {
        return form(&desk, t, Some(who(user)), (typed, faults)).await;
    }
    let change = ConfigChange {
        role,
        permissions: Some(permissions),
    };
    let whose = (user.grant.account, desk.organization().id);
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, whose.1).await?;
    match config_users::change(&mut tx, whose, change, &desk.doer()).await? {
        Ok(_) => tx.commit().await?,
        Err(refusal) => {
            drop(tx);
            return refused(&desk, t, user, (typed, refusal)).await;
        }
    }
    Ok(done(&paths::config_users(whose.1), "changed"))
}

async fn refused(
    desk: &Desk,
    t: Texts,
    user: ConfigUser,
    (typed, refusal): (Typed, ConfigRefusal),
) -> Answer {
    let mut faults = Faults::default();
    match refusal {
        ConfigRefusal::NotFound => return Err(Problem::NotFound.into()),
        ConfigRefusal::LastOwner => faults.add("role", t.get("refused-last-config-owner")),
    }
    form(desk, t, Some(who(user)), (typed, faults)).await
}

async fn deed(
    desk: Desk,
    Path((_, account, deed)): Path<(String, String, String)>,
    t: Texts,
    Form(Nothing {}): Form<Nothing>,
) -> Answer {
    desk.needs(Permission::ConfigUsersWrite)?;
    desk.needs_fresh(&format!(
        "{}/{account}",
        paths::config_users(desk.organization().id)
    ))?;
    let user = find(&desk, &account).await?;
    let organization = desk.organization();
    let (kind, by) = (invitations::Kind::ConfigUser, desk.doer());
    let mut tx = desk.write().await?;
    organizations::hold(&mut tx, organization.id).await?;
    match deed.as_str() {
        "resend" => {
            let place = desk.app.config.issuer.url(&web_paths::invitation_link());
            let whom = (user.grant.account, kind, &by);
            invitations::resend(&mut tx, &desk.app.mailer, organization, whom, &place).await?;
        }
        "end" => {
            let whose = (user.grant.account, organization.id);
            invitations::void(&mut tx, whose.0, whose.1, kind).await?;
            if let Err(refusal) = config_users::end(&mut tx, whose, &by).await? {
                drop(tx);
                return refused(&desk, t, user, (Typed::default(), refusal)).await;
            }
        }
        _ => return Err(Problem::NotFound.into()),
    }
    tx.commit().await?;
    let deed = if deed == "end" { "ended" } else { "resend" };
    Ok(done(&paths::config_users(organization.id), deed))
}
