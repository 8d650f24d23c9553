//! How much a machine may ask for.
use serde_json::json;

use super::{PLACE, app, olga, registered};
use crate::{
    exchange::{ACCESS_TOKEN, OLGA, SUBJECT, clinic},
    harness::Tokens,
};

const ASKED: [(&str, &str); 1] = [("grant_type", "client_credentials")];

fn wait(answer: &Tokens) -> i64 {
    assert_eq!(answer.status, 429, "{:?}", answer.body);
    assert_eq!(answer.error(), "limit_reached");
    assert!(answer.body["error_description"].is_string());
    let wait = answer.headers["retry-after"].to_str().unwrap();
    wait.parse().unwrap()
}

/// Client credentials and exchange share one pace; whoever waits as long as he is told goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_asks_too_often_is_told_when_to_come_again() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let (id, key) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}");
    let bot = app(&server, &id, &key);
    let set = olga
        .patch(&place, json!({"requests_per_minute": 3}), "")
        .await;
    assert_eq!(
        (set.status, &set.body["requests_per_minute"]),
        (200, &json!(3))
    );
    let own = bot.post("/token", &ASKED).await.access().to_owned();
    assert_eq!(bot.post("/token", &ASKED).await.status, 200);
    let exchange = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", OLGA),
        ("subject_token_type", SUBJECT),
        ("actor_token", &own),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    assert_eq!(
        bot.post("/token", &exchange).await.error(),
        "invalid_request"
    );
    let seconds = wait(&bot.post("/token", &exchange).await);
    assert!(wait(&bot.post("/token", &ASKED).await) <= 20);
    server.later(seconds);
    assert_eq!(bot.post("/token", &ASKED).await.status, 200);
    wait(&bot.post("/token", &ASKED).await);
    let wrong = app(&server, &id, "tsk_wrong").post("/token", &ASKED).await;
    assert_eq!(wrong.error(), "invalid_client"); // a stranger learns nothing of limits
    let freed = olga
        .patch(&place, json!({"requests_per_minute": null}), "")
        .await;
    assert_eq!(freed.body["requests_per_minute"], json!(null));
    for _ in 0..5 {
        assert_eq!(bot.post("/token", &ASKED).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_used_up_its_day_waits_for_the_next() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let (id, key) = registered(&server, "Night watch").await;
    let bot = app(&server, &id, &key);
    let place = format!("{PLACE}/{id}");
    let set = olga.patch(&place, json!({"tokens_per_day": 2}), "").await;
    assert_eq!(set.status, 200);
    for _ in 0..2 {
        assert_eq!(bot.post("/token", &ASKED).await.status, 200);
    }
    let seconds = wait(&bot.post("/token", &ASKED).await);
    assert!(
        (12 * 3600 - 60..=12 * 3600 + 1).contains(&seconds),
        "{seconds}"
    ); // noon
    server.later(seconds);
    assert_eq!(bot.post("/token", &ASKED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_a_number_and_is_declared_too() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let (id, _) = registered(&server, "Night watch").await;
    let place = format!("{PLACE}/{id}");
    for field in ["requests_per_minute", "tokens_per_day"] {
        for value in [json!(0), json!(100_000_001)] {
            let refused = olga.patch(&place, json!({ field: value }), "").await;
            assert_eq!(refused.status, 422);
            let fault = json!([{"field": field, "code": "out_of_range"}]);
            assert_eq!(refused.body["errors"], fault);
        }
        assert_eq!(
            olga.patch(&place, json!({ field: "many" }), "")
                .await
                .status,
            422
        );
    }
    server
        .apply(
            r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"

[[organizations.service_accounts]]
name = "Declared"
modes = ["application"]
requests_per_minute = 60
tokens_per_day = 1000
"#,
        )
        .await;
    let listed = olga.get(PLACE).await;
    let all = listed.body["items"].as_array().unwrap();
    let declared = all.iter().find(|one| one["name"] == "Declared").unwrap();
    assert_eq!(declared["requests_per_minute"], 60);
    assert_eq!(declared["tokens_per_day"], 1000);
}
