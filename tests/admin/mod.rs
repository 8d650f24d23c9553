//! The admin console, as a browser sees it.
mod audit;
mod consumers;
mod databases;
mod delegations;
mod hcp_credentials;
mod hcps;
mod imports;
mod roles;
mod service_accounts;
mod settings;

use crate::harness::{Browser, Page, Server};

const STAFF: &str = include_str!("../api/staff.toml");
const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
const OTHER: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0002";
const OLGA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a21";
const INA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a22";

async fn clinic() -> Server {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    server
}

/// A browser that went to the console and signed in on the way.
async fn console(server: &Server, who: &str) -> (Browser, Page) {
    let browser = Browser::new(&server.url);
    let page = browser.open("/admin").await;
    assert_eq!(page.url.path(), "/sign-in");
    let page = browser.sign_in(&page, who).await;
    (browser, page)
}

fn at(rest: &str) -> String {
    format!("/admin/{ORG}{rest}")
}

/// Presses the button of the form with this address.
async fn press(browser: &Browser, page: &Page, address: &str) -> Page {
    assert!(page.has(&format!("action=\"{address}\"")), "{}", page.body);
    let csrf = page.attribute("name=\"csrf\"", "value");
    let answer = browser.post(address, &[("csrf", csrf.as_str())]).await;
    browser.follow(answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_opens_on_the_first_tab_that_one_may_see_and_refuses_everybody_else() {
    let server = clinic().await;
    let (olga, page) = console(&server, "olga@example.test").await;
    assert!(page.url.path().starts_with("/admin/databases/") && page.has("HCP"));
    let page = olga.open(&at("/members")).await;
    for name in ["Olga Owner", "Ina Intake", "Sarah Lee"] {
        assert!(page.has(name), "{name}");
    }
    assert!(!page.has("Otto")); // N-15
    assert!(!page.has(&at("/config-users"))); // that is for config Owners
    assert_eq!(olga.open(&at("/config-users")).await.status, 403);
    assert_eq!(
        olga.open(&format!("/admin/{OTHER}/members")).await.status,
        404
    );

    let (_, page) = console(&server, "john@example.test").await;
    assert_eq!(page.status, 403);
    let (sarah, _) = console(&server, "sarah@example.test").await;
    let page = sarah.open(&at("/members")).await;
    assert_eq!(page.status, 403); // a PROVIDER sees no users
    assert_eq!(sarah.open(&at("/members/invite")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_invited_changed_held_checked_and_removed_by_pages() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let form = olga.open(&at("/members/invite")).await;
    let wrong = [("name", ""), ("email", "nobody")];
    let again = olga.submit(&form, "invite-form", &wrong).await;
    assert_eq!(again.status, 422);
    for field in ["name-error", "email-error", "roles-error"] {
        assert!(again.has(field), "{field}");
    }
    let right = [
        ("name", "Nora Berg"),
        ("email", "nora@example.test"),
        ("roles", "DISPATCH"),
    ];
    let sent = olga.submit(&form, "invite-form", &right).await;
    let list = olga.follow(sent).await;
    assert!(list.has("Nora Berg") && list.has("The invitation is on its way."));
    let letter = server.letter().await;
    assert!(letter.contains("/invitation?token="));

    let ina = at(&format!("/members/{INA}"));
    let page = olga.open(&ina).await;
    let roles = [("roles", "INTAKE_STAFF"), ("roles", "DISPATCH")];
    let saved = olga.submit(&page, "roles-form", &roles).await;
    assert!(olga.follow(saved).await.has("Saved."));
    let held = press(&olga, &page, &format!("{ina}/suspend")).await;
    assert!(held.has("On hold"));
    let back = press(&olga, &held, &format!("{ina}/resume")).await;
    assert!(back.has("They can go on."));
    let checked = press(&olga, &back, &format!("{ina}/review")).await;
    assert!(checked.has("You checked the roles today."));
    let gone = press(&olga, &checked, &format!("{ina}/end")).await;
    assert!(gone.has("Their rights here ended.") && !gone.has("Ina Intake"));
    assert_eq!(olga.open(&ina).await.status, 404);
}

/// I-21, I-22: the page says why, and nothing changes.
#[tokio::test(flavor = "multi_thread")]
async fn i21_i22_the_page_refuses_what_the_rules_refuse() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let own = at(&format!("/members/{OLGA}"));
    let page = olga.open(&own).await;
    let refused = olga
        .submit(&page, "roles-form", &[("roles", "MEMBER")])
        .await;
    assert_eq!(refused.status, 409);
    assert!(refused.has("This is the last owner."));
    let more = [("roles", "OWNER"), ("roles", "DISPATCH")];
    let refused = olga.submit(&page, "roles-form", &more).await;
    assert!(refused.has("You cannot give yourself a role."));
    let none = olga.submit(&page, "roles-form", &[]).await;
    assert!(none.has("Choose at least one role."));
    assert!(
        press(&olga, &page, &format!("{own}/end"))
            .await
            .has("This is the last owner.")
    );

    let (carl, page) = console(&server, "carl@example.test").await;
    assert_eq!(page.status, 200);
    let page = carl.open(&at(&format!("/members/{INA}"))).await;
    let promote = [("roles", "OWNER")];
    let refused = carl.submit(&page, "roles-form", &promote).await;
    assert!(
        refused.has("Only an owner decides about owners"),
        "{}",
        refused.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn config_users_are_invited_and_changed_by_pages() {
    let server = clinic().await;
    let (carl, _) = console(&server, "carl@example.test").await;
    let form = carl.open(&at("/config-users/invite")).await;
    let wrong = [
        ("name", "Mia"),
        ("email", "mia@example.test"),
        ("role", "member"),
        ("permissions", "consumers:read"),
    ];
    let again = carl.submit(&form, "config-user-form", &wrong).await;
    assert_eq!(again.status, 422);
    let right = [
        ("name", "Mia"),
        ("email", "mia@example.test"),
        ("role", "member"),
        ("permissions", "hcp:read"),
    ];
    let sent = carl.submit(&form, "config-user-form", &right).await;
    let list = carl.follow(sent).await;
    assert!(list.has("Mia") && list.has("See HCPs"));
    let (before, _) = list.body.split_once(">Mia</a>").unwrap();
    let mia = before
        .rsplit_once("href=\"")
        .unwrap()
        .1
        .trim_end_matches('"');
    let page = carl.open(mia).await;
    let fields = [
        ("role", "member"),
        ("permissions", "hcp:read"),
        ("permissions", "audit:read"),
    ];
    let saved = carl.submit(&page, "config-user-form", &fields).await;
    assert!(carl.follow(saved).await.has("Read the audit log"));
    assert!(
        press(&carl, &page, &format!("{mia}/end"))
            .await
            .has("Their rights here ended.")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_in_several_organizations_chooses_and_changes_over() {
    let server = clinic().await;
    server
        .apply(
            r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0002"
name = "Other Clinic"

[[organizations.people]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0a21"
given_name = "Olga"
family_name = "Owner"
email = "olga@example.test"
roles = ["SUPPORT"]
"#,
        )
        .await;
    let (olga, page) = console(&server, "olga@example.test").await;
    assert!(
        page.has("Example Clinic") && page.has("Other Clinic"),
        "{}",
        page.body
    );
    let page = olga.open(&format!("/admin/{OTHER}/members")).await;
    assert!(page.has("Otto Other") && !page.has("Ina Intake"));
    assert_eq!(
        olga.open(&format!("/admin/{OTHER}/members/invite"))
            .await
            .status,
        403
    );
}

/// SECURITY.md 6.5: roles, keys, imports and deletion ask for a sign-in of the last ten
/// minutes, and lead back to where one was.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_asks_for_a_fresh_sign_in() {
    let server = crate::hcps::clinic().await;
    let api = crate::hcps::olga(&server).await;
    let nora = crate::hcps::person("Nora", "Berg", "nora@example.test");
    let hcp = crate::hcps::make(&api, nora).await;
    let mut mia = String::new();
    for member in api_members(&server).await {
        if member["email"] == "mia@example.test" {
            mia = member["id"].as_str().unwrap().to_owned();
        }
    }
    let (olga, _) = console(&server, "olga@example.test").await;
    let entry = format!("/admin/databases/{}/hcps/{hcp}", crate::hcps::DATABASE);
    let member = at(&format!("/members/{mia}"));
    let page = olga.open(&entry).await;
    let csrf = page.attribute("name=\"csrf\"", "value");
    server.later(601);
    for (place, back) in [
        (format!("{entry}/delete"), &entry),
        (format!("{entry}/keys"), &entry),
        (member.clone(), &member),
        (format!("{member}/end"), &member),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("confirm", "Nora Berg"),
            ("roles", "MEMBER"),
        ];
        let answer = olga.post(&place, &fields).await;
        let to = answer
            .location()
            .unwrap_or_else(|| panic!("{place} {}", answer.status));
        assert_eq!(to.path(), "/sign-in", "{place}");
        let page = olga.follow(answer).await;
        let again = page.attribute("id=\"login-form\"", "action");
        let next: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        assert!(again.contains(&next), "{place}: {again}");
    }
    for place in [
        at("/hcp-import"),
        at("/members/invite"),
        format!("{entry}/tokens"),
    ] {
        let page = olga.open(&place).await;
        assert_eq!(page.url.path(), "/sign-in", "{place}");
    }
    // Nothing was done, and what only shows is open as before.
    assert!(olga.open(&entry).await.has("Nora Berg"));
    let page = olga.open(&at("/members/invite")).await;
    let page = olga.sign_in(&page, "olga@example.test").await;
    assert_eq!(page.url.path(), at("/members/invite"));
}

async fn api_members(server: &Server) -> Vec<serde_json::Value> {
    let scope = "openid users:read";
    let api = crate::hcps::staff(server, "olga@example.test", scope).await;
    let listed = api.get(&format!("/organizations/{ORG}/members")).await;
    listed.body["items"].as_array().unwrap().clone()
}
