//! The person behind an HCP is invited, joins, and is linked to it.
use serde_json::{Value, json};

use super::{DATABASE, below, clinic, hcps, make, olga, organization, person};
use crate::harness::{App, Browser, Page, Server, claims};

const PASSWORD: &str = "a walk along the river";

/// The link of the letter to `to`.
async fn link(server: &Server, to: &str) -> String {
    let letters = server.letters().await;
    let letter = letters.iter().find(|l| l.contains(&format!("To: {to}")));
    let start = format!("{}/invitation?token=", server.url);
    let line = letter
        .unwrap()
        .lines()
        .find(|line| line.starts_with(&start));
    line.unwrap().to_owned()
}

async fn accept(browser: &Browser, link: &str) -> Page {
    let page = browser.open(link).await;
    let fields = [("password", PASSWORD)];
    let sent = browser.submit(&page, "accept-form", &fields).await;
    browser.follow(sent).await
}

fn invitation(id: &str) -> String {
    hcps(&format!("/{id}/invitation"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_professional_of_a_hospital_joins_with_the_roles_of_the_invitation() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let hospital = make(&olga, organization("Hospital")).await;
    let tom = make(
        &olga,
        below(person("Tom", "Becker", "tom@example.test"), &hospital),
    )
    .await;
    assert_eq!(olga.get(&invitation(&tom)).await.code(), "not_found");
    let sent = olga
        .post(&invitation(&tom), json!({"roles": ["PROVIDER_PHYSICIAN"]}))
        .await;
    assert_eq!(
        (sent.status, sent.text("status").as_str()),
        (201, "sent"),
        "{:?}",
        sent.body
    );

    let browser = Browser::new(&server.url);
    let joined = accept(&browser, &link(&server, "tom@example.test").await).await;
    assert_eq!(joined.url.path(), "/account");
    assert_eq!(olga.get(&invitation(&tom)).await.text("status"), "accepted");
    assert_eq!(
        olga.post(&invitation(&tom), Value::Null).await.code(),
        "already_linked"
    );

    let portal = App::portal(&server);
    let page = browser.open(&portal.authorize("openid roles", &[])).await;
    let tokens = portal.redeem(&page.answer()["code"]).await;
    let claims = claims(tokens.access());
    assert_eq!(claims["principal_type"], "provider");
    assert_eq!(claims["roles"], json!(["PROVIDER_PHYSICIAN"]));
    assert_eq!(claims["hcp_id"], tom.as_str());
    assert_eq!(claims["parent_organization_id"], hospital.as_str());

    // I-34: with the HCP the membership ends.
    assert_eq!(olga.delete(&hcps(&format!("/{tom}"))).await.status, 204);
    assert_eq!(portal.introspect(tokens.access()).await["active"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_organization_above_the_person_acts_as_an_independent_hcp() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ida = make(&olga, person("Ida", "Free", "ida@example.test")).await;
    assert_eq!(olga.post(&invitation(&ida), Value::Null).await.status, 201);
    let browser = Browser::new(&server.url);
    accept(&browser, &link(&server, "ida@example.test").await).await;
    let portal = App::portal(&server);
    let page = browser.open(&portal.authorize("openid", &[])).await;
    let claims = claims(portal.redeem(&page.answer()["code"]).await.access());
    assert_eq!(
        (&claims["consumer_kind"], &claims["hcp_id"]),
        (&json!("hcp"), &json!(ida))
    );
}

/// N-11, N-18: the link ends with the address, the HCP, its time, and a newer one.
#[tokio::test(flavor = "multi_thread")]
async fn n18_the_link_of_an_hcp_ends_with_its_address_and_with_the_hcp() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let tom = make(&olga, person("Tom", "Becker", "tom@example.test")).await;
    let browser = Browser::new(&server.url);
    olga.post(&invitation(&tom), Value::Null).await;
    let first = link(&server, "tom@example.test").await;
    olga.post(&invitation(&tom), Value::Null).await;
    let second = link(&server, "tom@example.test").await;
    assert_eq!(browser.open(&first).await.status, 400);
    assert_eq!(browser.open(&second).await.status, 200);

    let moved = json!({"email": "tom.becker@example.test"});
    assert_eq!(
        olga.patch(&hcps(&format!("/{tom}")), moved, "")
            .await
            .status,
        200
    );
    assert_eq!(browser.open(&second).await.status, 400);
    assert_eq!(olga.get(&invitation(&tom)).await.text("status"), "void");
    olga.post(&invitation(&tom), Value::Null).await;
    let third = link(&server, "tom.becker@example.test").await;
    assert_eq!(browser.open(&third).await.status, 200);
    assert_eq!(olga.delete(&hcps(&format!("/{tom}"))).await.status, 204);
    assert_eq!(browser.open(&third).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_be_invited_and_by_what() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let ward = make(&olga, organization("Ward")).await;
    assert_eq!(
        olga.post(&invitation(&ward), Value::Null).await.code(),
        "email_required"
    );
    let tom = make(&olga, person("Tom", "Becker", "tom@example.test")).await;
    for (body, code) in [
        (json!({"roles": ["OWNER"]}), "owner_only"),
        (json!({"roles": ["ADMIN"]}), "validation"),
        (json!({"roles": []}), "validation"),
        (json!({"role": "PROVIDER"}), "validation"),
    ] {
        assert_eq!(
            olga.post(&invitation(&tom), body.clone()).await.code(),
            code,
            "{body}"
        );
    }
    // I-22: nobody gives himself a role.
    let own = make(&olga, person("Olga", "Owner", "olga@example.test")).await;
    assert_eq!(
        olga.post(&invitation(&own), Value::Null).await.code(),
        "own_role"
    );
    let off = json!({"status": "disabled"});
    olga.patch(&hcps(&format!("/{tom}")), off, "").await;
    assert_eq!(
        olga.post(&invitation(&tom), Value::Null).await.code(),
        "disabled"
    );
    let otto = super::otto(&server).await;
    let foreign = format!("/databases/{DATABASE}/hcps/{tom}/invitation");
    assert_eq!(otto.post(&foreign, Value::Null).await.code(), "not_found"); // N-15
    assert_eq!(server.letters().await, Vec::<String>::new());
}

/// A mail server that knows nobody.
fn knows_nobody() -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let lines = BufReader::new(socket.try_clone().unwrap()).lines();
            let _ = socket.write_all(b"220 here\r\n");
            for line in lines.map_while(Result::ok) {
                let answer = match line.get(..4) {
                    Some("RCPT") => "550 5.1.1 no such mailbox",
                    Some("EHLO") => "250 8BITMIME",
                    _ => "250 yes",
                };
                if socket
                    .write_all(format!("{answer}\r\n").as_bytes())
                    .is_err()
                {
                    break;
                }
            }
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_comes_back_is_seen_and_sent_again() {
    let url = knows_nobody();
    let settings = [("mail.transport", "smtp"), ("mail.url", url.as_str())];
    let server = Server::spawn_with(&settings).await;
    server.apply(include_str!("hcps.toml")).await;
    let olga = olga(&server).await;
    let tom = make(&olga, person("Tom", "Becker", "tom@nowhere.test")).await;
    let sent = olga.post(&invitation(&tom), Value::Null).await;
    assert_eq!((sent.status, sent.text("status").as_str()), (201, "sent"));
    assert!(server.letters().await.is_empty(), "nobody takes it");
    assert_eq!(olga.get(&invitation(&tom)).await.text("status"), "failed");

    let browser = Browser::new(&server.url);
    let page = browser.open("/admin").await;
    let page = browser.sign_in(&page, "olga@example.test").await;
    assert!(page.has("Came back: the letter could not be delivered"));
    let again = olga.post(&invitation(&tom), Value::Null).await;
    assert_eq!(again.text("status"), "sent");
    server.letters().await;
    assert_eq!(olga.get(&invitation(&tom)).await.text("status"), "failed");
}
