//! Memberships and config grants: who has which role where.
use std::sync::Arc;

use serde_json::json;

use tutela::{
    access::{ConfigRole, Permission, Role, Roles},
    accounts::{self, NewAccount, Standing},
    clock::{ManualClock, Timestamp},
    config_users::{self, ConfigGrant, Granted},
    id::{AccountId, OrganizationId},
    organizations::{self, NewOrganization, Settings},
    providers::{self, Membership, Status},
    store::{Store, Tx},
};

use crate::harness::{App, Browser, Database, Server, claims};

async fn store(database: &Database) -> Store {
    let start = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    database.store(Arc::new(ManualClock::at(start))).await
}

async fn clinic(tx: &mut Tx) -> OrganizationId {
    let new = NewOrganization {
        id: None,
        name: "Example Clinic".to_owned(),
        status: organizations::Status::Active,
        settings: Settings::default(),
    };
    organizations::insert(tx, &new).await.unwrap().unwrap()
}

async fn person(tx: &mut Tx) -> AccountId {
    let new = NewAccount {
        id: None,
        standing: Standing::Primary,
        given_name: "Sarah".to_owned(),
        family_name: "Lee".to_owned(),
        birth_date: None,
    };
    accounts::insert_account(tx, new).await.unwrap()
}

fn member(account: AccountId, organization: OrganizationId, roles: &[&str]) -> Membership {
    Membership {
        account,
        organization,
        roles: Roles::parse(roles).unwrap(),
        status: Status::Active,
        hcp_id: None,
        last_reviewed_at: None,
    }
}

#[tokio::test]
async fn a_membership_comes_back_as_it_was_stored_and_is_one_per_person_and_organization() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let (clinic, sarah) = (clinic(&mut tx).await, person(&mut tx).await);
    let none = providers::membership(&mut tx, sarah, clinic).await.unwrap();
    assert_eq!(none, None);

    let mut membership = member(sarah, clinic, &["PROVIDER", "OWNER"]);
    providers::put(&mut tx, &membership).await.unwrap();
    membership.roles = Roles::new([Role::Nutritionist]).unwrap();
    membership.status = Status::Suspended;
    membership.last_reviewed_at = Some(tx.now());
    providers::put(&mut tx, &membership).await.unwrap();

    let of_account = providers::of_account(&mut tx, sarah).await.unwrap();
    assert_eq!(of_account, [membership.clone()]);
    let found = providers::membership(&mut tx, sarah, clinic).await.unwrap();
    assert_eq!(found, Some(membership.clone()));
    assert!(!membership.is_active());
    assert_eq!(
        providers::accounts_of(&mut tx, clinic).await.unwrap(),
        [sarah]
    );
    membership.status = Status::Ended;
    providers::put(&mut tx, &membership).await.unwrap();
    assert_eq!(providers::accounts_of(&mut tx, clinic).await.unwrap(), []);
}

#[tokio::test]
async fn i21_only_active_owners_count_towards_the_last_one() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let clinic = clinic(&mut tx).await;
    let (ann, bob) = (person(&mut tx).await, person(&mut tx).await);
    providers::put(&mut tx, &member(ann, clinic, &["OWNER", "PROVIDER"]))
        .await
        .unwrap();
    providers::put(&mut tx, &member(bob, clinic, &["MEMBER"]))
        .await
        .unwrap();
    assert!(
        providers::is_last_owner(&mut tx, ann, clinic)
            .await
            .unwrap()
    );
    assert!(
        !providers::is_last_owner(&mut tx, bob, clinic)
            .await
            .unwrap()
    );

    let mut second = member(bob, clinic, &["OWNER"]);
    providers::put(&mut tx, &second).await.unwrap();
    assert!(
        !providers::is_last_owner(&mut tx, ann, clinic)
            .await
            .unwrap()
    );
    for status in [Status::Invited, Status::Suspended, Status::Ended] {
        second.status = status;
        providers::put(&mut tx, &second).await.unwrap();
        assert!(
            providers::is_last_owner(&mut tx, ann, clinic)
                .await
                .unwrap(),
            "{status:?}"
        );
    }
}

#[tokio::test]
async fn a_config_member_may_do_what_was_granted_and_nothing_that_may_not_be() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let (clinic, carl) = (clinic(&mut tx).await, person(&mut tx).await);
    let granted = |permission, granted_at| Granted {
        permission,
        granted_by: None,
        granted_at,
    };
    let now = tx.now();
    let grant = ConfigGrant {
        account: carl,
        organization: clinic,
        role: ConfigRole::Member,
        granted: vec![
            granted(Permission::HcpRead, now),
            granted(Permission::ConfigUsersWrite, now),
            granted(Permission::ConsumersRead, now),
        ],
        status: config_users::Status::Active,
    };
    config_users::put(&mut tx, &grant).await.unwrap();
    let found = config_users::config_grant(&mut tx, carl, clinic)
        .await
        .unwrap();
    assert_eq!(found.as_ref(), Some(&grant));
    assert_eq!(grant.permissions().scopes().to_string(), "hcp:read"); // N-17
    assert_eq!(
        config_users::of_account(&mut tx, carl).await.unwrap(),
        [grant]
    );
    assert_eq!(
        config_users::accounts_of(&mut tx, clinic).await.unwrap(),
        [carl]
    );
}

#[tokio::test]
async fn i40_only_active_owners_count_towards_the_last_one_who_configures() {
    let database = Database::new().await;
    let mut tx = store(&database).await.write().await.unwrap();
    let clinic = clinic(&mut tx).await;
    let (ann, bob) = (person(&mut tx).await, person(&mut tx).await);
    let grant = |account, role| ConfigGrant {
        account,
        organization: clinic,
        role,
        granted: Vec::new(),
        status: config_users::Status::Active,
    };
    config_users::put(&mut tx, &grant(ann, ConfigRole::Owner))
        .await
        .unwrap();
    config_users::put(&mut tx, &grant(bob, ConfigRole::Member))
        .await
        .unwrap();
    assert!(
        config_users::is_last_owner(&mut tx, ann, clinic)
            .await
            .unwrap()
    );
    let mut second = grant(bob, ConfigRole::Owner);
    config_users::put(&mut tx, &second).await.unwrap();
    assert!(
        !config_users::is_last_owner(&mut tx, ann, clinic)
            .await
            .unwrap()
    );
    second.status = config_users::Status::Ended;
    config_users::put(&mut tx, &second).await.unwrap();
    assert!(
        config_users::is_last_owner(&mut tx, ann, clinic)
            .await
            .unwrap()
    );
}

const WARD: &str = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.people]]
given_name = "Sarah"
family_name = "Lee"
email = "sarah@example.test"
password = "correct horse battery staple"
roles = [ROLES]
"#;

/// T-02 (SECURITY.md 1.6, 1.10): a grant never grows.
#[tokio::test(flavor = "multi_thread")]
async fn t02_a_role_that_is_given_later_is_in_no_token_of_an_earlier_grant() {
    let server = Server::spawn().await;
    let (app, browser) = (App::portal(&server), Browser::new(&server.url));
    let page = browser
        .open(&app.authorize("openid roles offline_access", &[]))
        .await;
    let page = browser.sign_in(&page, "sarah@example.test").await;
    let first = app.redeem(&page.answer()["code"]).await;
    assert_eq!(claims(first.access())["roles"], json!(["PROVIDER"]));

    server
        .apply(&WARD.replace("ROLES", "\"PROVIDER\", \"DISPATCH\""))
        .await;
    let second = app.refresh(first.refresh()).await;
    let id_token = second.body["id_token"].as_str().unwrap();
    for roles in [
        &claims(second.access())["roles"],
        &claims(id_token)["roles"],
        &app.introspect(second.access()).await["roles"],
        &app.userinfo(second.access()).await.body["roles"],
    ] {
        assert_eq!(*roles, json!(["PROVIDER"]));
    }
    // Signing in anew shows what is true now.
    let browser = Browser::new(&server.url);
    let page = browser.open(&app.authorize("openid roles", &[])).await;
    let page = browser.sign_in(&page, "sarah@example.test").await;
    let fresh = app.redeem(&page.answer()["code"]).await;
    assert_eq!(
        claims(fresh.access())["roles"],
        json!(["PROVIDER", "DISPATCH"])
    );
}
