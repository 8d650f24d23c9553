//! Guardian for dependent, proxy for adult (10.1, first row).
use serde_json::{Value, json};

use super::{ANN, NOBODY, TOM, clinic, exchange, hub, sign_in};
use crate::{
    api::Api,
    harness::{App, EMILY, JOHN, Server, claims},
};

const JOHN_AS_HIMSELF: (&str, &str) = ("john@example.test", JOHN);
const OWN: &str = "openid profile email fhirUser launch/patient patient/*.rs offline_access";

/// The hub, and John's own token of it.
async fn john_at_the_hub(server: &Server, scope: &str) -> (App, String) {
    let app = hub(server);
    let tokens = sign_in(server, &app, JOHN_AS_HIMSELF, scope).await;
    (app, tokens.access().to_owned())
}

/// The id of the relation between John and `dependent`.
async fn relation(server: &Server, dependent: &str) -> String {
    let mut tx = server.write().await;
    let rows: Vec<(String,)> = tx
        .query("SELECT id FROM guardianships WHERE dependent_account_id = $1")
        .bind(dependent)
        .all()
        .await
        .unwrap();
    rows[0].0.clone()
}

/// DOMAIN.md 10.1, 14; T-03, T-05, T-10, N-05.
#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_exchanges_his_own_token_for_one_that_acts_for_his_child() {
    let server = clinic().await;
    let (app, john) = john_at_the_hub(&server, OWN).await;
    let relation = relation(&server, EMILY).await;
    let tokens = exchange(&app, EMILY, &john, &[]).await;
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    assert_eq!(
        tokens.body["issued_token_type"],
        "urn:ietf:params:oauth:token-type:access_token"
    );
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 300);
    assert_eq!(tokens.body["patient"], "pat-emily");
    assert_eq!(tokens.body["need_patient_banner"], true);
    assert_eq!(tokens.headers["cache-control"], "no-store");
    for never in ["refresh_token", "id_token"] {
        assert_eq!(tokens.body.get(never), None, "{never}");
    }
    let said = claims(tokens.access());
    assert_eq!(said["sub"], EMILY);
    assert_eq!(said["client_id"], "hub-app");
    assert_eq!(
        said["scope"],
        "openid profile email fhirUser launch/patient patient/*.rs"
    );
    assert_eq!(
        said["act"],
        json!({"sub": JOHN, "principal_type": "consumer", "relationship": "FTH", "relation_id": relation})
    );
    assert_eq!(said["consumer_kind"], "dependent");
    assert_eq!(said["patient"], "pat-emily");
    assert_eq!(
        said["fhirUser"],
        format!("https://fhir.example.test/r4/RelatedPerson/{relation}")
    );
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#FAMRQT"])
    );
    assert_eq!(said["auth_time"], claims(&john)["auth_time"]);
    assert_eq!(
        said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(),
        300
    );

    let seen = app.introspect(tokens.access()).await;
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
    let info = app.userinfo(tokens.access()).await;
    assert_eq!(info.body["sub"], EMILY);
    assert_eq!(info.body["act"], said["act"]);
    assert_eq!(info.body["given_name"], "Emily");
    assert_eq!(info.body.get("email"), None); // T-12
    server.later(300);
    assert_eq!(app.introspect(tokens.access()).await["active"], false);
}

type Audited = (String, String, String, String, Option<String>);

async fn exchanges(server: &Server) -> Vec<Audited> {
    let mut tx = server.write().await;
    tx.query(
        "SELECT outcome, actor, subject, client_id, relation_id FROM audit_events
         WHERE action = 'token_exchanged' ORDER BY outcome",
    )
    .all()
    .await
    .unwrap()
}

/// N-20: both identities are in the log, and the application.
#[tokio::test(flavor = "multi_thread")]
async fn each_exchange_is_audited_with_both_identities() {
    let server = clinic().await;
    let (app, john) = john_at_the_hub(&server, OWN).await;
    exchange(&app, EMILY, &john, &[]).await;
    exchange(&app, NOBODY, &john, &[]).await;
    let rows = loop {
        let rows = exchanges(&server).await; // refusals are written a little later
        if rows.len() == 2 {
            break rows;
        }
        tokio::task::yield_now().await;
    };
    let relation = relation(&server, EMILY).await;
    let row = |outcome: &str, subject: &str, relation| {
        (
            outcome.to_owned(),
            JOHN.to_owned(),
            subject.to_owned(),
            "hub-app".to_owned(),
            relation,
        )
    };
    assert_eq!(
        rows,
        [
            row("done", EMILY, Some(relation)),
            row("refused", NOBODY, None)
        ]
    );
}

/// DOMAIN.md 10, errors; N-04.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_two_people_apart_the_answer_is_the_same() {
    let server = clinic().await;
    let (app, john) = john_at_the_hub(&server, OWN).await;
    let family = App::family(&server);
    let elsewhere = sign_in(&server, &family, JOHN_AS_HIMSELF, OWN).await;
    let as_guardian = sign_in(&server, &app, ("john@example.test", EMILY), OWN).await;
    let sarah = sign_in(
        &server,
        &app,
        ("sarah@example.test", ""),
        "openid user/*.rs",
    )
    .await;
    let carl = sign_in(&server, &app, ("carl@example.test", ""), "openid hcp:read").await;
    let exchanged = exchange(&app, EMILY, &john, &[]).await;
    let bot = App::bot(&server);
    let machine = bot.post("/token", &[("grant_type", "client_credentials")]);
    let machine = machine.await;
    let mut bodies = Vec::new();
    for (subject, actor) in [
        (NOBODY, john.as_str()),
        ("not an id", &john),
        ("pat-emily", &john),
        (JOHN, &john),
        (EMILY, elsewhere.access()),
        (EMILY, "x"),
        (EMILY, sarah.access()),
        (EMILY, carl.access()),
        (EMILY, machine.access()),
        (EMILY, as_guardian.access()), // N-06: never a base
        (TOM, as_guardian.access()),
        (EMILY, exchanged.access()),
        (TOM, exchanged.access()),
        (EMILY, as_guardian.refresh()),
    ] {
        let answer = exchange(&app, subject, actor, &[]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (400, "invalid_request"),
            "{subject} {actor}"
        );
        bodies.push(answer.body.to_string());
    }
    // A relation that ended looks like one that never was.
    let api = format!("{}/api", server.url);
    let own = crate::api::tokens(&server, "john@example.test", JOHN, "openid account", &api).await;
    let relation = relation(&server, EMILY).await;
    let ended = Api::bearer(&server, own.access())
        .post(&format!("/me/guardianships/{relation}/end"), Value::Null)
        .await;
    assert_eq!(ended.status, 204);
    bodies.push(exchange(&app, EMILY, &john, &[]).await.body.to_string());
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(app.introspect(exchanged.access()).await["active"], false); // N-02
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_exchanges_and_foreign_resources_get_the_exact_error() {
    let server = clinic().await;
    let (app, john) = john_at_the_hub(&server, OWN).await;
    let fhir = "https://fhir.example.test/r4";
    for (changes, error) in [
        (&[("subject_token", "")][..], "invalid_request"),
        (&[("subject_token_type", "")], "invalid_request"),
        (&[("subject_token_type", "x")], "invalid_request"),
        (&[("actor_token", "")], "invalid_request"),
        (&[("actor_token_type", "")], "invalid_request"),
        (&[("actor_token_type", "x")], "invalid_request"),
        (
            &[(
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:refresh_token",
            )],
            "invalid_request",
        ),
        (&[("resource", "https://elsewhere.test")], "invalid_target"),
        (&[("audience", "https://elsewhere.test")], "invalid_target"),
        (&[("resource", fhir), ("audience", "x")], "invalid_target"),
        (&[("scope", "user/*.rs")], "invalid_scope"),
        (&[("scope", "offline_access")], "invalid_scope"),
        (&[("scope", "nonsense")], "invalid_scope"),
    ] {
        let answer = exchange(&app, EMILY, &john, changes).await;
        assert_eq!((answer.status, answer.error()), (400, error), "{changes:?}");
    }
    let other = App::portal(&server); // did not register the grant type
    let refused = exchange(&other, EMILY, &john, &[]).await;
    assert_eq!(refused.error(), "unauthorized_client");
    let api = format!("{}/api", server.url);
    let named = exchange(&app, EMILY, &john, &[("resource", &api)]).await;
    assert_eq!(claims(named.access())["aud"], api.as_str());
    let own = exchange(&app, EMILY, &john, &[]).await;
    assert_eq!(claims(own.access())["aud"], fhir);
}

/// DOMAIN.md 4.3, 10.1: actor token ∩ guardianship ceiling ∩ what is asked.
#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_those_of_the_actor_within_the_relation() {
    let server = clinic().await;
    let scope = "openid account introspect offline_access launch/patient patient/*.rs patient/Appointment.cruds";
    let (app, john) = john_at_the_hub(&server, scope).await;
    for (subject, asked, granted) in [
        (
            EMILY,
            "",
            "openid launch/patient patient/*.rs patient/Appointment.cruds",
        ),
        (
            EMILY,
            "patient/*.cruds",
            "patient/*.rs patient/Appointment.cruds",
        ),
        (
            EMILY,
            "patient/Observation.rs account",
            "patient/Observation.rs",
        ),
        // From thirteen on the relation reaches less.
        (
            TOM,
            "patient/Observation.rs patient/Patient.rs",
            "patient/Patient.rs",
        ),
        (TOM, "patient/*.c", "patient/Appointment.c"),
    ] {
        let answer = exchange(&app, subject, &john, &[("scope", asked)]).await;
        assert_eq!(answer.status, 200, "{asked}: {:?}", answer.body);
        assert_eq!(answer.body["scope"], granted, "{asked}");
    }
    let beyond = exchange(&app, TOM, &john, &[("scope", "patient/Observation.rs")]).await;
    assert_eq!(beyond.error(), "invalid_scope");
}

/// T-01, T-05: a power of attorney that ends in 200 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchanged_token_never_outlives_its_relation() {
    let server = clinic().await;
    let (app, john) = john_at_the_hub(&server, OWN).await;
    let tokens = exchange(&app, ANN, &john, &[]).await;
    assert_eq!(tokens.body["expires_in"], 200, "{:?}", tokens.body);
    let said = claims(tokens.access());
    assert_eq!(said["consumer_kind"], "patient");
    assert_eq!(
        said["purpose_of_use"],
        json!(["urn:oid:2.16.840.1.113883.5.8#PWATRNY"])
    );
    server.later(200);
    assert_eq!(app.introspect(tokens.access()).await["active"], false);
    assert_eq!(
        exchange(&app, ANN, &john, &[]).await.error(),
        "invalid_request"
    );
}

/// I-45: an application that is not trusted needs the consent for this very subject.
#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_application_needs_consent_for_the_subject() {
    let server = clinic().await;
    let app = App::family(&server);
    let john = sign_in(&server, &app, JOHN_AS_HIMSELF, OWN).await;
    let john = john.access();
    let before = exchange(&app, EMILY, john, &[]).await;
    assert_eq!((before.status, before.error()), (400, "invalid_request"));
    let narrow = "openid patient/Patient.rs";
    sign_in(&server, &app, ("john@example.test", EMILY), narrow).await;
    let after = exchange(&app, EMILY, john, &[]).await;
    assert_eq!(after.body["scope"], narrow, "{:?}", after.body);
    assert_eq!(
        exchange(&app, TOM, john, &[]).await.error(),
        "invalid_request"
    );
    let beyond = exchange(&app, EMILY, john, &[("scope", "patient/Observation.rs")]).await;
    assert_eq!(beyond.error(), "invalid_scope");

    let introspect = App::portal(&server);
    assert_eq!(introspect.introspect(after.access()).await["active"], true);
    let mut tx = server.write().await;
    let given: (tutela::id::ConsentId,) = tx
        .query("SELECT id FROM consents WHERE subject_account_id = $1 AND revoked_at IS NULL")
        .bind(EMILY)
        .one()
        .await
        .unwrap();
    let john_id = JOHN.parse().unwrap();
    assert!(
        tutela::clients::withdraw(&mut tx, given.0, john_id)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(introspect.introspect(after.access()).await["active"], false);
    assert_eq!(
        exchange(&app, EMILY, john, &[]).await.error(),
        "invalid_request"
    );
}

/// What the actor was allowed ends: so does what he exchanged it for.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchanged_token_ends_with_the_actors_own_grant() {
    let server = clinic().await;
    let app = hub(&server);
    let own = sign_in(&server, &app, JOHN_AS_HIMSELF, OWN).await;
    let tokens = exchange(&app, EMILY, own.access(), &[]).await;
    assert_eq!(app.introspect(tokens.access()).await["active"], true);
    app.post("/revoke", &[("token", own.refresh())]).await;
    assert_eq!(app.introspect(tokens.access()).await["active"], false);
    assert_eq!(app.userinfo(tokens.access()).await.status, 401);
    assert_eq!(
        exchange(&app, EMILY, own.access(), &[]).await.error(),
        "invalid_request"
    );
    // And one alone can be revoked by its client.
    let own = sign_in(&server, &app, JOHN_AS_HIMSELF, OWN).await;
    let (one, two) = (
        exchange(&app, EMILY, own.access(), &[]).await,
        exchange(&app, EMILY, own.access(), &[]).await,
    );
    app.post("/revoke", &[("token", one.access())]).await;
    assert_eq!(app.introspect(one.access()).await["active"], false);
    assert_eq!(app.introspect(two.access()).await["active"], true);
}

/// N-06: nothing personal is done by a delegated token.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchanged_token_does_not_open_the_api() {
    let server = clinic().await;
    let scope = "openid account patient/*.rs";
    let (app, john) = john_at_the_hub(&server, scope).await;
    let api = format!("{}/api", server.url);
    let tokens = exchange(&app, EMILY, &john, &[("resource", &api)]).await;
    let answer = Api::bearer(&server, tokens.access()).get("/me").await;
    assert_eq!((answer.status, answer.code()), (403, "delegated_token"));
}
