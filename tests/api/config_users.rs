//! Config users: invited, changed, gone.
use serde_json::json;

use super::{
    Api,
    members::{NEW, ORG, accept, clinic, link, user},
};
use crate::harness::{App, Browser, claims};

#[tokio::test(flavor = "multi_thread")]
async fn i40_n17_config_users_are_managed_by_owners_and_the_last_one_stays() {
    let server = clinic().await;
    let carl = user(&server, "carl@example.test", "config_user").await;
    let new = json!({"email": "mia@example.test", "name": "Mia Member", "role": "member", "permissions": ["hcp:read"]});
    let made = carl.post(&config_users(""), new.clone()).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let id = made.text("id");
    let twice = carl.post(&config_users(""), new).await;
    assert_eq!(twice.code(), "already_config_user");
    for permission in [
        "config_users:write",
        "consumers:read",
        "on_behalf",
        "platform:admin",
    ] {
        let body = json!({"permissions": [permission]});
        let answer = carl.patch(&config_users(&format!("/{id}")), body, "").await;
        assert_eq!(
            answer.body["errors"][0]["code"], "not_grantable",
            "{permission}"
        );
    }
    let unknown = json!({"permissions": ["hcp:everything"]});
    let unknown = carl
        .patch(&config_users(&format!("/{id}")), unknown, "")
        .await;
    assert_eq!(unknown.body["errors"][0]["code"], "unknown_permission");

    let browser = Browser::new(&server.url);
    let joined = accept(&browser, &link(&server, "mia@example.test").await, NEW).await;
    assert_eq!(joined.url.path(), "/account");
    let app = App::console(&server);
    let page = browser
        .open(&app.authorize("openid hcp:read hcp:write users:read", &[]))
        .await;
    let tokens = app.redeem(&page.answer()["code"]).await;
    assert_eq!(tokens.body["scope"], "openid hcp:read");
    assert_eq!(claims(tokens.access())["roles"], json!(["CONFIG_MEMBER"]));
    let mia = Api::bearer(&server, tokens.access());
    assert_eq!(
        mia.get(&config_users("")).await.code(),
        "insufficient_permission"
    );

    let more = json!({"permissions": ["hcp:read", "users:read"]});
    let more = carl.patch(&config_users(&format!("/{id}")), more, "").await;
    assert_eq!(more.body["permissions"], json!(["users:read", "hcp:read"]));
    // What an earlier grant does not hold is not there; a fresh one sees it.
    assert_eq!(
        mia.get(&config_users("")).await.code(),
        "insufficient_permission"
    );
    // SECURITY.md 5.6: with other rights comes another session.
    let page = browser.open(&app.authorize("openid users:read", &[])).await;
    let fields = [("username", "mia@example.test"), ("password", NEW)];
    let sent = browser.submit(&page, "login-form", &fields).await;
    let page = browser.follow(sent).await;
    let mia = Api::bearer(&server, app.redeem(&page.answer()["code"]).await.access());
    assert_eq!(mia.get(&config_users("")).await.status, 200);
    let none = carl
        .patch(
            &config_users(&format!("/{id}")),
            json!({"permissions": []}),
            "",
        )
        .await;
    assert_eq!(none.status, 200);
    assert!([401, 403].contains(&mia.get(&config_users("")).await.status)); // on the next request

    let list = carl.get(&config_users("")).await;
    let owners = list.body["items"].as_array().unwrap().iter();
    let owner = owners.clone().find(|user| user["role"] == "owner").unwrap();
    let own = config_users(&format!("/{}", owner["id"].as_str().unwrap()));
    assert_eq!(carl.delete(&own).await.code(), "last_config_owner");
    let down = carl.patch(&own, json!({"role": "member"}), "").await;
    assert_eq!(down.code(), "last_config_owner");
    let up = carl
        .patch(
            &config_users(&format!("/{id}")),
            json!({"role": "owner"}),
            "",
        )
        .await;
    assert_eq!(up.body["role"], "owner");
    assert_eq!(carl.delete(&own).await.status, 204);
    assert_eq!(carl.get(&config_users("")).await.code(), "invalid_token");
}

pub(super) fn config_users(rest: &str) -> String {
    format!("/organizations/{ORG}/config-users{rest}")
}
